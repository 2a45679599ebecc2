package atoll.front;

import atoll.console.HostConsole;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostException;
import atoll.host.PseudoTerminal;
import atoll.image.ImageCache;
import atoll.image.MirrorFinder;
import atoll.image.Progress;
import atoll.image.UserFolder;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.module.ModuleReader;
import java.lang.module.ResolvedModule;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * What a build has the JVM learn from (docs/adr/0003-jvm-flags.md): a first and a second start of
 * {@code run linux} at a terminal, as a user has them, and a start of a kernel's file in a pipe, so
 * that later starts find in the cache all that these need. Programs of ours stand in for Linux,
 * which is not there yet.
 */
final class Rehearsal {
  /** The word for it, which no user is told. */
  static final String WORD = "rehearse";

  private static final long PAUSE = Duration.ofMillis(100).toNanos();
  private static final String[] START = {"run", "linux", "--timeout", "30s"};
  private static final String CLASS = ".class";

  /** What executes guests. */
  private static final List<String> EXECUTING =
      List.of("atoll.emit", "atoll.verify", "atoll.memory", "atoll.engine");

  private static final String QUIT = "\001x";

  private final Clock clock;
  private final Effects effects;
  private final UnaryOperator<String> environment;
  private final PrintStream err;

  Rehearsal(Clock clock, Effects effects, UnaryOperator<String> environment, PrintStream err) {
    this.clock = clock;
    this.effects = effects;
    this.environment = environment;
    this.err = err;
  }

  /**
   * Performs it, in a folder that is gone afterwards. Standard input and output are a terminal of
   * its own from then on, at which {@code poweroff} is typed until the process ends.
   */
  void perform() throws IOException {
    Path folder = Files.createTempDirectory("atoll-" + WORD);
    try {
      UnaryOperator<String> own =
          name ->
              name.startsWith("XDG_")
                  ? folder.toString()
                  : name.equals("TERM") ? "xterm" : environment.apply(name);
      Path cache = UserFolder.CACHE.locate(own, System::getProperty);
      new ImageCache(
              cache,
              new MirrorFinder(own, clock, effects.tasks(), Progress.SILENT),
              Progress.SILENT)
          .standIn();
      PseudoTerminal terminal = PseudoTerminal.ofProcess();
      effects.tasks().sequence("screen").execute(() -> look(terminal));
      effects.tasks().start("quit", () -> quit(terminal, cache.resolve("warm/snapshots")));
      int first = start(terminal, own);
      int second = start(terminal, own);
      if (second != ExitCode.SUCCESS) {
        throw new HostException(
            "rehearsed starts have ended with %d and %d".formatted(first, second));
      }
      boot(folder, own);
      for (String module : EXECUTING) {
        load(module);
      }
      effects.tasks().start("keyboard", () -> end(terminal));
    } finally {
      remove(folder);
    }
  }

  /**
   * Has all classes of a module in the cache: which of them the instructions of a guest need is the
   * guest's, and one from outside opens the module's jar.
   */
  private static void load(String module) throws IOException {
    Optional<Module> found = ModuleLayer.boot().findModule(module);
    if (found.isEmpty()) {
      return; // not as it is shipped
    }
    ResolvedModule resolved = ModuleLayer.boot().configuration().findModule(module).orElseThrow();
    try (ModuleReader reader = resolved.reference().open();
        Stream<String> files = reader.list()) {
      files
          .filter(file -> file.endsWith(CLASS) && file.contains("/"))
          .map(file -> file.substring(0, file.length() - CLASS.length()).replace('/', '.'))
          .forEach(name -> Class.forName(found.get(), name));
    }
  }

  private int start(PseudoTerminal terminal, UnaryOperator<String> own) throws IOException {
    String place = terminal.path().toString();
    try (FileInputStream in = new FileInputStream(place);
        FileOutputStream out = new FileOutputStream(place)) {
      return start(START, own, Channels.newInputStream(in.getChannel()), out, true);
    }
  }

  private int start(
      String[] line,
      UnaryOperator<String> own,
      InputStream in,
      OutputStream out,
      boolean terminal) {
    HostConsole.Streams streams = new HostConsole.Streams(in, out, terminal);
    return new CommandLineFront(clock, effects, own, () -> streams, nowhere(), err).run(line);
  }

  private static PrintStream nowhere() {
    return new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
  }

  /** Starts a kernel's file in a pipe, as scripts do. */
  private void boot(Path folder, UnaryOperator<String> own) throws IOException {
    Path kernel = Files.write(folder.resolve("kernel"), StandInKernel.bytes());
    Path initrd = Files.write(folder.resolve("initrd"), new byte[1]);
    String[] line = {
      "run",
      "--kernel",
      kernel.toString(),
      "--initrd",
      initrd.toString(),
      "--append",
      "quiet",
      "--cpus",
      "1",
      "--memory",
      "64M",
      "--timeout",
      "30s"
    };
    int code = start(line, own, InputStream.nullInputStream(), nowhere(), false);
    if (code != ExitCode.SUCCESS) {
      throw new HostException("the rehearsed boot has ended with " + code);
    }
  }

  private static void look(PseudoTerminal terminal) {
    try {
      while (true) {
        terminal.look();
      }
    } catch (IOException e) {
      // Nothing more is shown.
    }
  }

  /** Ends the first start once its boot is kept. */
  private static void quit(PseudoTerminal terminal, Path snapshots) {
    while (!isKept(snapshots)) {
      LockSupport.parkNanos(PAUSE);
    }
    type(terminal, QUIT);
  }

  private static boolean isKept(Path snapshots) {
    try (Stream<Path> found = Files.list(snapshots)) {
      return found.anyMatch(each -> each.getFileName().toString().contains("@"));
    } catch (IOException e) {
      return false; // there is no folder yet
    }
  }

  /** A guest that still sets up its UART loses what it is typed. */
  private static void end(PseudoTerminal terminal) {
    while (true) {
      type(terminal, "poweroff\r");
      LockSupport.parkNanos(PAUSE);
    }
  }

  private static void type(PseudoTerminal terminal, String keys) {
    try {
      terminal.type(keys);
    } catch (IOException e) {
      throw new HostException(e.getMessage(), e);
    }
  }

  private static void remove(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> found = Files.walk(folder)) {
      all = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
