/** The host side of devices: disks, terminals. */
module atoll.backend {
  requires transitive atoll.host;
  requires transitive atoll.device;

  exports atoll.backend;
}
