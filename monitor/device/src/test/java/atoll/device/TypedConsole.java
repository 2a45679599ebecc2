package atoll.device;

import atoll.device.spi.ConsoleBackend;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A console backend that holds what the device does not take, and offers it again when told. */
final class TypedConsole implements ConsoleBackend {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private Receiver receiver;
  private byte[] waiting = {};

  @Override
  public void output(byte[] bytes, int offset, int length) {
    out.write(bytes, offset, length);
  }

  @Override
  public void attach(Receiver receiver) {
    this.receiver = receiver;
  }

  @Override
  public void ready() {
    offer();
  }

  void type(String text) {
    byte[] more = text.getBytes(StandardCharsets.ISO_8859_1);
    int held = waiting.length;
    waiting = Arrays.copyOf(waiting, held + more.length);
    System.arraycopy(more, 0, waiting, held, more.length);
    offer();
  }

  String printed() {
    return out.toString(StandardCharsets.ISO_8859_1);
  }

  int held() {
    return waiting.length;
  }

  private void offer() {
    if (waiting.length > 0) {
      int taken = receiver.input(waiting, 0, waiting.length);
      waiting = Arrays.copyOfRange(waiting, taken, waiting.length);
    }
  }
}
