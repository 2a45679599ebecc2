package atoll.tests;

import static java.nio.charset.StandardCharsets.UTF_8;

import atoll.testkit.Engines;
import atoll.testkit.LinuxGuest;
import atoll.testkit.Qemu;
import atoll.testkit.TestVm;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Random C programs, made by csmith and compiled at every level of optimization, for different sets
 * of extensions: what each prints of its variables at its end must be the same on QEMU and on each
 * engine, under the same Linux.
 *
 * <pre>
 * RandomPrograms [--count N] [--seed S] [--batch N] [--engines NAME,...] [--marches ISA,...]
 *                [--compiler GCC] [--csmith DIRECTORY] [--folder DIRECTORY] [--brief SECONDS]</pre>
 */
public final class RandomPrograms {
  private static final int LEVELS = 4;
  private static final int MEMORY_MIB = 768;
  private static final Duration LIMIT = Duration.ofMinutes(60);

  /** Every so many programs compute with floating point, too. */
  private static final int FLOATS = 2;

  /** Seconds that a program may take on QEMU unless told, and on an engine, an interpreter too. */
  private static final String BRIEF = "3";

  private static final int PATIENCE = 300;

  private static final Pattern RESULT = Pattern.compile("@R r-(\\S+) (.*\\S)");

  private final Map<String, String> options;
  private final List<String> marches = new ArrayList<>();
  private final Path folder;
  private final LinuxGuest linux;
  private final Map<String, Path> libraries = new TreeMap<>();
  private final Map<String, Double> seconds = new LinkedHashMap<>();
  private int programs;
  private int compared;
  private int differences;
  private int left;
  private int disagreeing;

  private RandomPrograms(Map<String, String> options, LinuxGuest linux) throws IOException {
    this.options = options;
    this.linux = linux;
    folder =
        options.containsKey("--folder")
            ? Files.createDirectories(Path.of(options.get("--folder")).toAbsolutePath())
            : Files.createTempDirectory("atoll-csmith");
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    Map<String, String> options = new TreeMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i], args[i + 1]);
    }
    LinuxGuest linux =
        LinuxGuest.find().orElseThrow(() -> new IOException("there is no Debian kernel here"));
    RandomPrograms run = new RandomPrograms(options, linux);
    run.findLibraries();
    run.findMarches();
    run.all();
    System.exit(run.differences == 0 ? 0 : 1);
  }

  private String option(String name, String otherwise) {
    return options.getOrDefault(name, otherwise);
  }

  private String compiler() {
    return option("--compiler", "riscv64-linux-gnu-gcc");
  }

  /**
   * What programs are linked with when they start: a hundred of them that bring it along themselves
   * take longer to link and to unpack than to run.
   */
  private void findLibraries() throws IOException, InterruptedException {
    for (String name : List.of("libc.so.6", "libm.so.6", "ld-linux-riscv64-lp64d.so.1")) {
      Process process = new ProcessBuilder(compiler(), "-print-file-name=" + name).start();
      String found = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
      require(process.waitFor() == 0, compiler() + " does not say where its libraries are");
      require(Files.isRegularFile(Path.of(found)), compiler() + " has no " + name);
      libraries.put("lib/" + name, Path.of(found));
    }
  }

  /** Those that the compiler knows. */
  private void findMarches() throws IOException, InterruptedException {
    Path empty = Files.writeString(folder.resolve("empty.c"), "int main(void) { return 0; }\n");
    String wanted = "rv64gc,rv64gc_zba_zbb_zbs,rv64gc_zba_zbb_zbc_zbs_zbkb,rv64gc_zfhmin_zicond";
    for (String march : option("--marches", wanted).split(",", -1)) {
      if (compiles(empty, 0, march, folder.resolve("empty"))) {
        marches.add(march);
      } else {
        System.out.println(compiler() + " does not know " + march);
      }
    }
    if (marches.isEmpty()) {
      throw new IOException("nothing that it compiles for is left");
    }
  }

  private void all() throws IOException, InterruptedException {
    long seed = Long.parseLong(option("--seed", "1"));
    int count = Integer.parseInt(option("--count", "100"));
    int batch = Integer.parseInt(option("--batch", "25"));
    for (int done = 0; done < count; done += batch) {
      batch(seed + done, Math.min(batch, count - done));
      System.out.printf(
          "%,d programs, %,d of their forms compared, %,d took too long; %d differ%n",
          programs, compared, left, differences);
      System.out.println("seconds: " + text(seconds));
      if (disagreeing > 0) {
        System.out.printf("%d programs print something else if compiled otherwise%n", disagreeing);
      }
    }
  }

  private static String text(Map<String, Double> seconds) {
    return seconds.entrySet().stream()
        .map(e -> "%s %,.0f".formatted(e.getKey(), e.getValue()))
        .collect(Collectors.joining(", "));
  }

  /** Notes how long something has taken, for who wonders where the time goes. */
  private void took(String what, long since) {
    seconds.merge(what, (System.nanoTime() - since) / 1e9, Double::sum);
  }

  private void batch(long seed, int count) throws IOException, InterruptedException {
    Map<String, Path> binaries = new TreeMap<>();
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      make(seed + i, binaries);
    }
    took("compiler", start);
    programs += count;
    start = System.nanoTime();
    Map<String, String> expected = onQemu(binaries);
    took("QEMU", start);
    left += binaries.size() - expected.size();
    compareForms(expected);
    Map<String, Path> brief = new TreeMap<>(binaries);
    brief.keySet().retainAll(expected.keySet());
    for (String engine : option("--engines", "translator,interpreter").split(",", -1)) {
      start = System.nanoTime();
      compare(engine, expected, on(engine, brief));
      took(engine, start);
    }
    compared += expected.size();
    for (Path binary : binaries.values()) {
      Files.delete(binary);
    }
  }

  // ------------------------------------------------------------ programs

  /**
   * Makes a program and compiles it; its names tell how to make it again. What a run that was ended
   * has left in the folder is taken as it is.
   */
  private void make(long seed, Map<String, Path> binaries)
      throws IOException, InterruptedException {
    Path source = folder.resolve(seed + ".c");
    List<String> csmith = new ArrayList<>(List.of(csmith().resolve("bin/csmith").toString()));
    csmith.addAll(List.of("--seed", Long.toString(seed), "--output", source.toString()));
    if (seed % FLOATS == 0) {
      csmith.add("--float");
    }
    require(run(csmith), "csmith has made nothing for the seed " + seed);
    Path unfinished = folder.resolve("unfinished");
    for (int level = 0; level < LEVELS; level++) {
      String march = marches.get((int) Math.floorMod(seed + level, (long) marches.size()));
      Path binary = folder.resolve("r-%d-O%d-%s".formatted(seed, level, march));
      if (!Files.exists(binary)) {
        require(compiles(source, level, march, unfinished), "the compiler refuses " + source);
        Files.move(unfinished, binary);
      }
      binaries.put(binary.getFileName().toString(), binary);
    }
    Files.delete(source);
  }

  private Path csmith() {
    return Path.of(option("--csmith", "/usr")).toAbsolutePath();
  }

  private boolean compiles(Path source, int level, String march, Path to)
      throws IOException, InterruptedException {
    return run(
        List.of(
            compiler(),
            "-w",
            "-O" + level,
            "-march=" + march,
            "-mabi=lp64d",
            "-s",
            "-I" + csmith().resolve("include/csmith"),
            "-o",
            to.toString(),
            source.toString(),
            "-lm"));
  }

  private static void require(boolean fine, String otherwise) throws IOException {
    if (!fine) {
      throw new IOException(otherwise);
    }
  }

  private boolean run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile()) // csmith leaves a platform.info where it runs
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    return process.waitFor() == 0;
  }

  // ------------------------------------------------------------ machines

  /** What init does: each program's last line is its checksum. */
  private static String commands(int seconds) {
    return """
    echo 1 > /proc/sys/kernel/printk
    for p in /bin/r-*; do
      echo "@R ${p#/bin/} $(timeout %d $p 2>&1 | tail -n 1)"
    done
    """
        .formatted(seconds);
  }

  private Map<String, Path> placed(Map<String, Path> binaries) {
    Map<String, Path> placed = new TreeMap<>(libraries);
    binaries.forEach((name, file) -> placed.put("bin/" + name, file));
    return placed;
  }

  private Map<String, String> onQemu(Map<String, Path> binaries) throws IOException {
    Path initrd = folder.resolve("initrd.cpio");
    Files.write(
        initrd,
        linux.archive(commands(Integer.parseInt(option("--brief", BRIEF))), placed(binaries)));
    List<String> lines = Qemu.linux(linux.kernel(), initrd, MEMORY_MIB, LIMIT);
    Files.delete(initrd);
    return results(String.join("\n", lines));
  }

  private Map<String, String> on(String engine, Map<String, Path> binaries)
      throws IOException, InterruptedException {
    try (TestVm vm =
        TestVm.start(
            Engines.shipped(engine),
            linux.boot(commands(PATIENCE), placed(binaries)),
            1,
            MEMORY_MIB,
            UnaryOperator.identity())) {
      Outcome outcome = vm.end(LIMIT);
      if (!outcome.equals(new Outcome.Poweroff(0))) {
        throw new IOException(engine + " ended with " + outcome);
      }
      return results(vm.console().text());
    }
  }

  /** By name; those that have printed nothing are not there. */
  private static Map<String, String> results(String console) {
    Map<String, String> all = new TreeMap<>();
    Matcher line = RESULT.matcher(console);
    while (line.find()) {
      all.put("r-" + line.group(1), line.group(2).strip());
    }
    return all;
  }

  // ------------------------------------------------------------ comparison

  private void compare(String engine, Map<String, String> expected, Map<String, String> got) {
    expected.forEach((name, text) -> {
      String here = got.getOrDefault(name, "nothing");
      if (!here.equals(text)) {
        differences++;
        System.out.printf("%s: '%s' on QEMU, '%s' on the %s%n", name, text, here, engine);
      }
    });
  }

  /** Not an engine's fault: undefined behaviour that csmith has let through, or a compiler's. */
  private void compareForms(Map<String, String> results) {
    Map<String, String> bySeed = new TreeMap<>();
    Map<String, Boolean> otherwise = new TreeMap<>();
    results.forEach((name, text) -> {
      String seed = name.split("-", -1)[1];
      String first = bySeed.putIfAbsent(seed, text);
      if (first != null && !first.equals(text)) {
        otherwise.put(seed, true);
      }
    });
    disagreeing += otherwise.size();
  }
}
