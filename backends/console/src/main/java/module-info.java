/** Consoles on terminals, pipes and files of the host. */
module atoll.console {
  requires atoll.host;
  requires atoll.device;
  requires org.jline.reader;
  requires org.jline.terminal;
  requires org.jline.terminal.ffm;
  // Window-size and continue signals reach JLine by sun.misc.Signal.
  requires jdk.unsupported;

  exports atoll.console to
      atoll.scenario,
      atoll.manager,
      atoll.front;
}
