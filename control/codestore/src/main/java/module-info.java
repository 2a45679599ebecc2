/** Translated code that is kept on disk for later runs. */
module atoll.codestore {
  requires atoll.host;
  requires atoll.engine;

  exports atoll.codestore to
      atoll.manager;
}
