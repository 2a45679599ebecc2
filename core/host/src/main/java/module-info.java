/** Every foreign call of the project: mappings, raw memory, host clock. */
module atoll.host {
  exports atoll.host;
}
