package atoll.front;

import atoll.console.HostConsole;
import atoll.host.Clock;
import atoll.host.Effects;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/** The command line in this process, and what it has printed. */
abstract class CommandLineFixture {
  @TempDir Path folder;
  final ByteArrayOutputStream out = new ByteArrayOutputStream();
  final ByteArrayOutputStream err = new ByteArrayOutputStream();

  int run(String... arguments) {
    Map<String, String> environment = Map.of("XDG_CACHE_HOME", folder.toString());
    return new CommandLineFront(
            Clock.host(), Effects.host(), environment::get, this::streams, stream(out), stream(err))
        .run(arguments);
  }

  /** No input, and not that of the process: it is how Surefire talks to this JVM. */
  HostConsole.Streams streams() {
    return new HostConsole.Streams(InputStream.nullInputStream(), out, false);
  }

  static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  String shown() {
    return out.toString(StandardCharsets.UTF_8);
  }

  String said() {
    return err.toString(StandardCharsets.UTF_8);
  }

  static final String SCENARIO =
      "machine: {cpus: 1, memory: 64M}\nvms:\n  hello: {builtin: hello, memory: 16M}\n";
}
