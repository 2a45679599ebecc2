/** Snapshots of systems: where they are kept, and in which form. */
module atoll.snapshot {
  requires atoll.state;
  requires atoll.host;
  requires atoll.image;
  requires com.github.luben.zstd_jni;

  exports atoll.snapshot to
      atoll.manager,
      atoll.front;

  opens atoll.snapshot to
      atoll.state;
}
