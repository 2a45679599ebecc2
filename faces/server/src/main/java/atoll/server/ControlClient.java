package atoll.server;

import atoll.host.HostException;
import atoll.manager.Bytes;
import atoll.manager.Screenshot;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;

/**
 * A client of a running system. One thread uses it, and any thread may close it, which ends what is
 * waited for.
 */
public final class ControlClient implements Closeable {
  /** Bytes of an answer: a picture of a large display. */
  private static final int LONGEST = 1 << 27;

  private final Path path;
  private final SocketChannel channel;
  private final LineReader in;
  private final LineWriter out;
  private final Queue<Map<String, Object>> events = new ArrayDeque<>();
  private Map<String, Object> greeting = Map.of();
  private long lastId;

  /**
   * A request was understood, or not, and has not been done.
   *
   * @see ControlCommand
   */
  public static final class RefusalException extends Exception {
    private static final long serialVersionUID = 1;

    private RefusalException(String message) {
      super(message);
    }
  }

  private ControlClient(Path path, SocketChannel channel) {
    this.path = path;
    this.channel = channel;
    in = new LineReader(channel, LONGEST);
    out = new LineWriter(channel);
  }

  /**
   * Connects.
   *
   * @throws HostException if no system of this version of the protocol listens there
   */
  public static ControlClient connect(Path path) {
    try {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      ControlClient client = new ControlClient(path, channel);
      boolean connected = false;
      try {
        boolean ignored = channel.connect(UnixDomainSocketAddress.of(path));
        client.greet();
        connected = true;
        return client;
      } finally {
        if (!connected) {
          channel.close();
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new HostException(
          "no system can be reached by %s: %s; is it running?"
              .formatted(path, HostException.reason(e)),
          e);
    }
  }

  private void greet() throws IOException {
    greeting = line().orElseThrow(() -> new IOException("it says nothing"));
    if (greeting.get("error") instanceof Map<?, ?> error) {
      throw new IOException(String.valueOf(error.get("message")));
    }
    if (!Long.valueOf(ControlServer.PROTOCOL).equals(greeting.get("protocol"))) {
      throw new IOException(
          "it speaks version %s of the protocol, expected %d"
              .formatted(greeting.get("protocol"), ControlServer.PROTOCOL));
    }
  }

  /** What the system is called. */
  public String system() {
    return String.valueOf(greeting.get("system"));
  }

  /** The number of its process. */
  public long process() {
    return greeting.get("process") instanceof Long number ? number : 0;
  }

  /** Names of its VMs. */
  public List<String> vms() {
    return greeting.get("vms") instanceof List<?> names
        ? names.stream().map(String::valueOf).toList()
        : List.of();
  }

  /**
   * Asks, and waits for the answer; events that come meanwhile are kept.
   *
   * @param request a command and its fields
   * @return the result, an object or a list of JSON
   * @throws RefusalException if it cannot be done
   * @throws HostException if the system has gone
   */
  public Object ask(Map<String, Object> request) throws RefusalException {
    Map<String, Object> numbered = new LinkedHashMap<>(request);
    Long id = ++lastId;
    numbered.put(Request.ID, id);
    try {
      out.write(json -> RecordJson.write(numbered, json));
      Map<String, Object> answer = answer(id);
      if (answer.get("error") instanceof Map<?, ?> error) {
        throw new RefusalException(String.valueOf(error.get("message")));
      }
      return answer.get("result");
    } catch (IOException e) {
      throw gone(e);
    }
  }

  private Map<String, Object> answer(Long id) throws IOException, RefusalException {
    while (true) {
      Map<String, Object> next = line().orElseThrow(() -> new IOException("it has ended"));
      if (next.containsKey("event")) {
        events.add(next);
      } else if (id.equals(next.get(Request.ID)) || next.containsKey("error")) {
        return next;
      }
    }
  }

  /**
   * The next event, as soon as it is there; nothing if there will be none.
   *
   * @throws HostException if the system has gone without a word
   */
  public Optional<Map<String, Object>> event() {
    if (!events.isEmpty()) {
      return Optional.of(events.remove());
    }
    try {
      return line();
    } catch (IOException e) {
      throw gone(e);
    }
  }

  /**
   * The picture of a VM's display.
   *
   * @throws RefusalException if it has none
   */
  public Screenshot screenshot(String vm) throws RefusalException {
    Object answer = ask(ControlCommand.SCREENSHOT.request(List.of(vm)));
    if (answer instanceof Map<?, ?> shot
        && shot.get("width") instanceof Long width
        && shot.get("height") instanceof Long height
        && shot.get("png") instanceof String png) {
      byte[] bytes = Base64.getDecoder().decode(png);
      return new Screenshot(
          width.intValue(),
          height.intValue(),
          Boolean.TRUE.equals(shot.get("lit")),
          Bytes.of(bytes, 0, bytes.length));
    }
    throw gone(new IOException("the answer is no picture"));
  }

  private HostException gone(IOException e) {
    return new HostException(
        "the connection by %s is lost: %s".formatted(path, HostException.reason(e)), e);
  }

  /**
   * What an attached console prints, as soon as it is there; nothing at its end.
   *
   * @throws HostException if the connection is lost
   */
  public byte[] output() {
    try {
      return in.bytes();
    } catch (IOException e) {
      throw gone(e);
    }
  }

  /** Types at an attached console. */
  public void type(byte[] bytes) throws IOException {
    out.write(bytes);
  }

  private Optional<Map<String, Object>> line() throws IOException {
    Optional<String> line = in.next();
    if (line.isEmpty()) {
      return Optional.empty();
    }
    if (!(JsonText.read(line.get()) instanceof Map<?, ?> object)) {
      throw new IOException("it does not speak the protocol");
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    object.forEach((name, value) -> fields.put(String.valueOf(name), value));
    return Optional.of(fields);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // It is of no use any more.
    }
  }
}
