/** The host side of devices: disks, terminals. */
module atoll.backend {
  requires transitive atoll.host;
  requires transitive atoll.device;
  requires org.jline.reader;
  requires org.jline.terminal;
  requires org.jline.terminal.ffm;
  // Window-size and continue signals reach JLine by sun.misc.Signal.
  requires jdk.unsupported;

  exports atoll.backend;
}
