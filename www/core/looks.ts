/** The style of both layers, whatever the banner's look, for pages whose banner the server has not sent. */
import css from './looks.css';

export default css;
