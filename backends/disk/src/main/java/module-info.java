/** Disks in files of the host. */
module atoll.disk {
  requires atoll.host;
  requires atoll.device;

  exports atoll.disk to
      atoll.manager;
}
