/** Network block devices: both ends of the protocol. */
module atoll.nbd {
  requires atoll.host;

  exports atoll.nbd to
      atoll.disk,
      atoll.manager,
      atoll.front;

  opens atoll.nbd to
      atoll.state;
}
