/** Disks in files of the host. */
module atoll.disk {
  requires atoll.host;
  requires atoll.device;
  requires com.github.luben.zstd_jni;

  exports atoll.disk to
      atoll.image,
      atoll.scenario,
      atoll.manager,
      atoll.front;
}
