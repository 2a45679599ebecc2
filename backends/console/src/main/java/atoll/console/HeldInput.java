package atoll.console;

import atoll.device.spi.ConsoleBackend;

/**
 * An end of a console that gives the guest no input before its first output.
 *
 * <p>Linux offers buffers for a virtio console's input before it has connected the console to a
 * terminal, and throws away what comes in between ({@code in_intr} in {@code virtio_console.c}). A
 * script piped into a machine would lose its beginning. A guest that reads a console prints a
 * prompt first.
 */
public final class HeldInput implements ConsoleBackend {
  private final ConsoleBackend console;
  private volatile boolean spoken;

  /**
   * @param console what the guest's device is plugged into
   */
  public HeldInput(ConsoleBackend console) {
    this.console = console;
  }

  @Override
  public void output(byte[] bytes, int offset, int length) {
    console.output(bytes, offset, length);
    if (!spoken) {
      spoken = true;
      console.ready();
    }
  }

  /** Whether the guest has printed something. */
  public boolean spoken() {
    return spoken;
  }

  /** The guest goes on from where it has printed something already. */
  public void goOn() {
    spoken = true;
    console.ready();
  }

  @Override
  public void attach(Receiver receiver) {
    spoken = false; // A machine that starts again has a guest that has said nothing.
    console.attach(
        new Receiver() {
          @Override
          public int input(byte[] bytes, int offset, int length) {
            return spoken ? receiver.input(bytes, offset, length) : 0;
          }

          @Override
          public void resized(int columns, int rows) {
            receiver.resized(columns, rows);
          }
        });
  }

  @Override
  public void ready() {
    console.ready();
  }
}
