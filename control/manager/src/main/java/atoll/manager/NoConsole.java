package atoll.manager;

import atoll.device.spi.ConsoleBackend;

/** A console that nobody listens to. */
record NoConsole() implements ConsoleBackend {
  @Override
  public void output(byte[] bytes, int offset, int length) {}

  @Override
  public void attach(Receiver receiver) {}

  @Override
  public void ready() {}
}
