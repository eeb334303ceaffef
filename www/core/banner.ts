/** The style of the first layer, for a page whose configuration comes without it. */
import css from './banner.css';

export default css;
