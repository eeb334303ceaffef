/** The core's WebAssembly inside a module, compressed. */
import gzip from 'placet_bg.wasm.gz';

export default gzip;
