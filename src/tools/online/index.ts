export { checkConnection, type OnlineFinding } from './check-connection.ts';
