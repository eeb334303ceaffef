export default {
  // The checkout has lock files of its own.
  turbopack: { root: import.meta.dirname },
};
