/** Live migration: the protocol and the course of it, without a virtual machine. */
module atoll.migration {
  requires atoll.state;
  requires atoll.host;
  requires atoll.line;
  requires com.github.luben.zstd_jni;

  exports atoll.migration to
      atoll.manager;

  opens atoll.migration to
      atoll.state;
}
