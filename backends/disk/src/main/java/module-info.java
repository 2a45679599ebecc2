/** Disks in files of the host and at NBD servers. */
module atoll.disk {
  requires atoll.host;
  requires atoll.device;
  requires atoll.nbd;
  requires com.fasterxml.jackson.core;
  requires com.github.luben.zstd_jni;

  exports atoll.disk to
      atoll.image,
      atoll.scenario,
      atoll.trust,
      atoll.manager,
      atoll.api,
      atoll.front;

  opens atoll.disk to
      atoll.state;
}
