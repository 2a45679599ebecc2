/** The gate of translated code, and the verifier behind it; nothing about guests. */
module atoll.verify {
  requires atoll.host;

  exports atoll.verify to
      atoll.engine;
}
