package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import atoll.console.HostConsole;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.server.ControlCommand;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A system that runs, looked at and operated by other command lines. */
@Timeout(180)
class CtlCommandTest {
  @TempDir private Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** A command line of its own, that runs until its guest ends. */
  private final class Background implements AutoCloseable {
    final CountDownLatch spoken = new CountDownLatch(1);
    final PipedOutputStream keyboard = new PipedOutputStream();
    final CompletableFuture<Integer> code = new CompletableFuture<>();

    Background(String... arguments) throws Exception {
      InputStream typed = new PipedInputStream(keyboard);
      OutputStream screen =
          new OutputStream() {
            @Override
            public void write(int b) {
              spoken.countDown();
            }
          };
      Thread.ofVirtual()
          .start(() ->
              code.complete(
                  front(new HostConsole.Streams(typed, screen, false), new ByteArrayOutputStream())
                      .run(arguments)));
      spoken.await();
    }

    @Override
    public void close() {
      if (!code.isDone()) {
        assertThat(ctl("quit")).isZero();
      }
      Integer ignored = code.join();
    }
  }

  private CommandLineFront front(HostConsole.Streams streams, ByteArrayOutputStream to) {
    Map<String, String> environment =
        Map.of(
            "XDG_CACHE_HOME", folder.toString(),
            "XDG_RUNTIME_DIR", folder.toString(),
            "ATOLL_TRANSLATION_CACHE", "off");
    return new CommandLineFront(
        Clock.host(), Effects.host(), environment::get, () -> streams, stream(to), stream(err));
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private int run(String... arguments) {
    out.reset();
    err.reset();
    return front(new HostConsole.Streams(InputStream.nullInputStream(), out, false), out)
        .run(arguments);
  }

  private int ctl(String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "ctl";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return run(all);
  }

  private String shown() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String said() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theOneSystemThatRunsIsFoundAndGoneAfterItsEnd() throws Exception {
    try (Background hello = new Background("run", "hello", "--display", "64x64")) {
      awaitSocket();
      assertThat(ctl()).isZero();
      assertThat(shown()).contains("vm-", ".sock: vm, process ", "VMs vm");
      assertThat(ctl("list")).isZero();
      assertThat(shown()).startsWith("vm           running       0 restarts");
      assertThat(ctl("list", "--json")).isZero();
      assertThat(shown()).startsWith("{\"vms\":[{\"name\":\"vm\",\"status\":\"running\"");
      Path picture = folder.resolve("shot.png");
      assertThat(run("screenshot", picture.toString())).isZero();
      assertThat(Files.readAllBytes(picture)).startsWith(0x89, 'P', 'N', 'G');
      assertThat(ctl("screenshot", "vm", picture.toString())).isZero();
      assertThat(shown()).contains("has the picture, 64 x 64 pixels");
      assertThat(ctl("send", "vm", "poweroff 9\\r")).isZero();
      assertThat(hello.code.join()).isEqualTo(9);
    }
    assertThat(ctl("list")).isEqualTo(ExitCode.TROUBLE);
    assertThat(said()).contains("no system runs that has its control socket in " + folder);
  }

  /** It is made meanwhile, so that nobody waits for it. */
  private void awaitSocket() {
    do {
      assertThat(ctl()).isZero();
    } while (shown().isEmpty());
  }

  @Test
  void aVmIsWaitedForTypedAtAndOperated() throws Exception {
    String socket = folder.resolve("s.sock").toString();
    try (Background hello = new Background("run", "hello", "--control", socket)) {
      assertThat(ctl(socket, "wait", "vm", "--expect", "bare-metal", "--expect", "> ")).isZero();
      assertThat(ctl(socket, "wait", "vm", "running")).isZero();
      assertThat(ctl(socket, "send", "vm", "echo a", "b", "--enter", "--expect", "^a b$")).isZero();
      assertThat(ctl(socket, "pause", "vm")).isZero();
      assertThat(shown()).isEqualTo("vm is paused\n");
      assertThat(ctl(socket, "registers", "vm", "--json")).isZero();
      assertThat(shown()).startsWith("{\"harts\":[{\"hart\":0,\"registers\":{\"pc\":\"0x");
      assertThat(ctl(socket, "resume", "vm", "--json")).isZero();
      assertThat(shown()).isEqualTo("{\"vm\":\"vm\",\"status\":\"running\"}\n");
      assertThat(ctl(socket, "resume", "vm")).isEqualTo(ExitCode.REFUSED);
      assertThat(said()).isEqualTo("atoll: vm is not paused, it is running\n");
      assertThat(ctl(socket, "wait", "vm", "paused", "--timeout", "10ms"))
          .isEqualTo(ExitCode.TIMEOUT);
      assertThat(ctl(socket, "send", "vm", "poweroff 7\\r", "--expect", "never"))
          .isEqualTo(ExitCode.UNEXPECTED);
      assertThat(said()).contains("vm has ended and has not printed 'never'");
      assertThat(hello.code.join()).isEqualTo(7);
    }
  }

  @Test
  void oneThatHasEndedInASystemThatGoesOnGivesItsCode() throws Exception {
    Path scenario =
        Files.writeString(
            folder.resolve("s.yaml"),
            """
            name: two
            machine: {cpus: [dedicated, dedicated], memory: 32M}
            vms:
              a: {builtin: hello, memory: 16M, affinity: [0]}
              b: {builtin: hello, memory: 16M, affinity: [1]}
            """);
    try (Background up = new Background("up", scenario.toString())) {
      awaitSocket();
      assertThat(ctl("send", "a", "poweroff 3\\r")).isZero();
      assertThat(ctl("wait", "a")).isEqualTo(3);
      assertThat(ctl("wait", "a")).isEqualTo(3);
      assertThat(ctl("wait", "a", "--expect", "never")).isEqualTo(ExitCode.UNEXPECTED);
      assertThat(ctl("start", "a")).isZero();
      assertThat(ctl("stop", "a")).isZero();
      assertThat(ctl("wait", "a")).isZero();
      assertThat(ctl("screenshot", "b", "x.png")).isEqualTo(ExitCode.REFUSED);
      assertThat(run("screenshot", "x.png")).isEqualTo(ExitCode.TROUBLE);
      assertThat(said()).contains("two has several VMs; name one: a or b");
      assertThat(ctl("quit")).isZero();
      assertThat(up.code.join()).isZero();
    }
  }

  @Test
  void aConsoleIsShownAndTypedAtFromElsewhere() throws Exception {
    try (Background hello = new Background("run", "hello")) {
      awaitSocket();
      out.reset();
      InputStream script =
          new ByteArrayInputStream("poweroff 6\r".getBytes(StandardCharsets.UTF_8));
      int code =
          front(new HostConsole.Streams(script, out, false), out).run("ctl", "console", "vm");
      assertThat(code).isZero();
      assertThat(shown()).contains("bare-metal RISC-V guest", "> poweroff 6");
      assertThat(hello.code.join()).isEqualTo(6);
    }
  }

  @Test
  void withoutASocketASystemIsNotReached() throws Exception {
    try (Background hello = new Background("run", "hello", "--no-control")) {
      assertThat(ctl("list")).isEqualTo(ExitCode.TROUBLE);
      hello.keyboard.write("poweroff\r".getBytes(StandardCharsets.UTF_8));
      assertThat(hello.code.join()).isZero();
    }
    assertThat(folder.resolve("atoll")).doesNotExist();
  }

  @Test
  void aSocketInUseIsRefusedBeforeAnythingRuns() throws Exception {
    String socket = folder.resolve("s.sock").toString();
    try (Background hello = new Background("run", "hello", "--control", socket)) {
      assertThat(run("run", "hello", "--control", socket)).isEqualTo(ExitCode.TROUBLE);
      assertThat(said()).contains("s.sock cannot be made: a program listens there already");
      assertThat(ctl(socket, "quit")).isZero();
      assertThat(hello.code.join()).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          run hello --control a --no-control | 2 | --control and --no-control are given
          ctl lsit                       | 2   | there is no command 'lsit', and no socket of that name; did you mean list?
          ctl /no/such.sock list         | 125 | no system can be reached by /no/such.sock
          ctl /no/such.sock              | 2   | say what to do with /no/such.sock
          ctl list --expect x            | 2   | --expect goes with wait and send
          ctl list --only x              | 2   | --only goes with events
          ctl wait vm --enter            | 2   | --enter goes with send
          ctl wait vm --expect (         | 2   | '('
          ctl list --timeout soon        | 2   | 'soon' is not a time
          screenshot                     | 2   | '[VM] FILE'
          screenshot -                   | 2   | standard output has something else
          """)
  void wrongUsageIsToldInASentence(String line, int code, String message) {
    assertThat(run(line.split(" "))).isEqualTo(code);
    assertThat(said()).contains(message).doesNotContain("\tat ");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      textBlock =
          """
          ls\\r,       "6c 73 0d"
          \\x03\\e[A,  "03 1b 5b 41"
          a\\\\b\\t\\n, "61 5c 62 09 0a"
          """)
  void keysAreWrittenWithABackslash(String written, String typed) {
    StringBuilder codes = new StringBuilder();
    TypedText.of(written).chars().forEach(c -> codes.append("%02x ".formatted(c)));
    assertThat(codes.toString().strip()).isEqualTo(typed);
  }

  @ParameterizedTest
  @CsvSource({"\\", "\\q", "\\x4", "\\xzz", "\\x80", "a\\"})
  void otherBackslashesAreRefused(String written) {
    assertThat(catchThrowable(() -> TypedText.of(written)))
        .hasMessageContaining("has a backslash with something else behind it");
  }

  /** What can be typed is the same at the monitor and over the socket. */
  @Test
  void theMonitorsCommandsAreThoseOfTheSocket() {
    MonitorPrompt.usages()
        .forEach(usage -> {
          String word = usage.split(" ", 2)[0];
          if (!word.equals("help") && !word.equals("back") && !word.equals("screenshot")) {
            assertThat(ControlCommand.find(word).orElseThrow().usage()).isEqualTo(usage);
          }
        });
  }
}
