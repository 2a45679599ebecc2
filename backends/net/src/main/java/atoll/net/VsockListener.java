package atoll.net;

import atoll.host.HostException;
import atoll.host.SocketFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Unix socket where programs of the host connect to a guest: the first line says to which port,
 * {@code CONNECT 1234}, and the answer is {@code OK 1073741824}, as Firecracker has it.
 */
final class VsockListener {
  private static final int MOST_LINE = 32;
  private static final long PATIENCE = 60_000_000_000L;
  private static final Pattern LINE =
      Pattern.compile("CONNECT +(\\d{1,10}) *\r?", Pattern.CASE_INSENSITIVE);

  private final VsockPort port;
  private final SocketFile file;

  /**
   * Listens.
   *
   * @throws HostException if it cannot
   */
  VsockListener(VsockPort port, Path path) {
    this.port = port;
    try {
      file = SocketFile.listen(path);
      Listener ignored = new Listener(port.hub().loop(), file.channel(), this::accept);
    } catch (IOException | IllegalArgumentException e) {
      throw new HostException(
          "the vsock socket %s cannot be made: %s; choose another name"
              .formatted(path, HostException.reason(e)),
          e);
    }
  }

  private void accept(SocketChannel channel) throws IOException {
    if (port.present() && port.hub().room(port)) {
      new Visitor(channel).begin();
    } else {
      NetworkLoop.discard(channel);
    }
  }

  /** A program that has not said yet which port it wants. */
  private final class Visitor implements NetworkLoop.Ready {
    private final SocketChannel channel;
    private final ByteBuffer line = ByteBuffer.allocate(MOST_LINE);
    private final Alarms.Alarm patience = port.hub().loop().alarms().make(this::refuse);

    Visitor(SocketChannel channel) {
      this.channel = channel;
    }

    void begin() throws IOException {
      SelectionKey ignored = port.hub().loop().register(channel, SelectionKey.OP_READ, this);
      port.hub().visits(port, 1);
      patience.at(port.hub().loop().now() + PATIENCE);
    }

    /** One byte at a time: what is behind the line is the guest's. */
    @Override
    public void ready() {
      try {
        while (line.hasRemaining()) {
          line.limit(line.position() + 1);
          int got = channel.read(line);
          line.limit(MOST_LINE);
          if (got < 0) {
            refuse();
            return;
          }
          if (got == 0) {
            return;
          }
          if (line.get(line.position() - 1) == '\n') {
            understood();
            return;
          }
        }
        refuse();
      } catch (IOException e) {
        refuse();
      }
    }

    private void understood() {
      String text = new String(line.array(), 0, line.position() - 1, StandardCharsets.ISO_8859_1);
      OptionalInt wanted = portOf(text);
      if (wanted.isEmpty()) {
        refuse();
        return;
      }
      leave();
      try {
        port.begin(channel, wanted.getAsInt());
      } catch (IOException e) {
        NetworkLoop.discard(channel);
      }
    }

    private void leave() {
      patience.drop();
      port.hub().visits(port, -1);
    }

    private void refuse() {
      leave();
      NetworkLoop.discard(channel);
    }
  }

  /** The port that a line names; unsigned. */
  static OptionalInt portOf(String line) {
    Matcher read = LINE.matcher(line);
    if (!read.matches() || Long.parseLong(read.group(1)) > VsockSettings.LAST_CID) {
      return OptionalInt.empty();
    }
    return OptionalInt.of((int) Long.parseLong(read.group(1)));
  }

  /** Nobody finds it any more. */
  void remove() {
    file.close();
  }
}
