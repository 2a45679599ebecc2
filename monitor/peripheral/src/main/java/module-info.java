/**
 * What a device of the user's own is written against. It needs nothing of Atoll's other modules.
 */
module atoll.peripheral {
  exports atoll.peripheral;
}
