package atoll.server;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.RefusedException;
import atoll.manager.Manager;
import atoll.manager.PlanAction;
import atoll.manager.SystemAction;
import atoll.manager.SystemEnd;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** A system of small guests that run, and can be reached by a socket. */
final class TestSystem implements AutoCloseable {
  final Path path;
  final CountDownLatch quit = new CountDownLatch(1);
  final ControlServer server;
  private final Manager manager = new Manager(Clock.host(), Effects.host(), name -> null);
  private boolean closed;

  TestSystem(Path folder) throws IOException {
    path = folder.resolve("s.sock");
    Path file =
        Files.writeString(
            folder.resolve("s.yaml"),
            """
            name: reached
            machine: {cpus: [dedicated, dedicated, dedicated], memory: 64M}
            vms:
              one: {builtin: hello, memory: 16M, affinity: [0], display: 64x64, buttons: [user], leds: [status]}
              two: {builtin: hello, memory: 16M, memory-policy: paged, affinity: [1]}
              waiting: {builtin: hello, memory: 16M, autostart: false, affinity: [2]}
            """);
    Scenario scenario = manager.perform(new PlanAction.Plan(file)).scenario();
    server =
        new ControlServer(
            manager,
            scenario,
            TestSystem::typed,
            quit::countDown,
            Clock.host(),
            Effects.host().tasks());
    server.open(path);
    manager.perform(
        new SystemAction.CreateSystem(scenario, Guest.Linux.NO_TERMINAL, Map.of()), server);
    manager.perform(new SystemAction.StartSystem());
  }

  private static List<String> typed(List<String> words) {
    if (words.getFirst().equals("refuse")) {
      throw new RefusedException("as you wish");
    }
    return List.of("typed:", String.join("+", words));
  }

  ControlClient client() {
    return ControlClient.connect(path);
  }

  /** A connection of which only the bytes are looked at, its greeting read. */
  Raw raw() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    boolean ignored = channel.connect(UnixDomainSocketAddress.of(path));
    Raw raw = new Raw(channel, new LineReader(channel, 1 << 24), new LineWriter(channel));
    raw.greeting = raw.line();
    return raw;
  }

  /** The same. */
  static final class Raw implements AutoCloseable {
    final SocketChannel channel;
    private final LineReader in;
    private final LineWriter out;
    String greeting;

    private Raw(SocketChannel channel, LineReader in, LineWriter out) {
      this.channel = channel;
      this.in = in;
      this.out = out;
    }

    String line() throws IOException {
      return in.next().orElse("(end)");
    }

    /** Until there is one that has a text in it. */
    String lineWith(String part) throws IOException {
      String line = line();
      while (!line.contains(part) && !line.equals("(end)")) {
        line = line();
      }
      return line;
    }

    void say(String line) throws IOException {
      out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    String ask(String line) throws IOException {
      say(line);
      return line();
    }

    /** What an attached console prints until there is a text in it. */
    String outputUntil(String part) throws IOException {
      StringBuilder all = new StringBuilder();
      byte[] bytes = in.bytes();
      while (bytes.length > 0) {
        all.append(new String(bytes, StandardCharsets.UTF_8));
        if (all.indexOf(part) >= 0) {
          return all.toString();
        }
        bytes = in.bytes();
      }
      return all.append("(end)").toString();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /** Ends the system, and then the server. */
  void end() {
    if (!closed) {
      closed = true;
      SystemEnd ignored = manager.perform(new SystemAction.CloseSystem());
      server.close();
    }
  }

  @Override
  public void close() {
    end();
  }
}
