/** Assemblers for the processors that Atoll runs on; nothing about guests. */
module atoll.emit {
  exports atoll.emit to
      atoll.engine;
}
