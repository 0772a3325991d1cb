/** The fields that `buildClientSchema` needs, and the reasons of deprecations; a read like any other query. */
export const INTROSPECTION_QUERY = `query Introspection {
  __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    types {
      kind name
      fields(includeDeprecated: true) { name args { ...Input } type { ...Type } isDeprecated deprecationReason }
      inputFields { ...Input }
      interfaces { ...Type }
      enumValues(includeDeprecated: true) { name isDeprecated deprecationReason }
      possibleTypes { ...Type }
    }
    directives { name locations args { ...Input } }
  }
}
fragment Input on __InputValue { name type { ...Type } defaultValue }
fragment Type on __Type {
  kind name
  ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } }
}`;
