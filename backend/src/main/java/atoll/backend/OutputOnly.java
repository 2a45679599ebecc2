package atoll.backend;

import atoll.device.spi.ConsoleBackend;

/** An end of a console that shares its output and never gets input. */
record OutputOnly(ConsoleOutput output) implements ConsoleBackend {
  @Override
  public void output(byte[] bytes, int offset, int length) {
    output.write(bytes, offset, length);
  }

  @Override
  public void attach(Receiver receiver) {}

  @Override
  public void ready() {}
}
