export { createModels, type ModelPorts, type ModelUser } from './create-models.ts';
export * from './default-models.ts';
export { describeModel, type ModelDescription } from './describe-model.ts';
export { isPriceKnown } from './is-price-known.ts';
export { loadSdk } from './load-sdk.ts';
