package atoll.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command that measures Atoll: what is the same in all of them. */
abstract class Measurement implements Callable<Integer> {
  private static final int USAGE = 2;

  @Option(names = "--engine", description = "Atoll's engine (if absent, Atoll chooses)")
  String engine;

  /** The checkout that is measured. */
  @Option(names = "--root", required = true, hidden = true)
  Path root;

  @Spec private CommandSpec command;

  @Override
  public final Integer call() throws InterruptedException {
    try {
      return measure();
    } catch (IllegalArgumentException e) {
      complain(e);
      return USAGE;
    } catch (IOException | GuestRun.Failed e) {
      complain(e);
      return 1;
    }
  }

  private void complain(Exception why) {
    System.err.println(command.name() + ": " + why.getMessage());
  }

  /**
   * Measures, and prints what has come of it.
   *
   * @return the exit code
   * @throws IllegalArgumentException if the options make no sense
   */
  abstract int measure() throws IOException, GuestRun.Failed, InterruptedException;

  /** The QEMU that is installed, and a newer one, which is fetched if there is none. */
  final List<String> usualQemus() throws IOException {
    List<String> qemus = new ArrayList<>(List.of("qemu-system-riscv64"));
    Subprocess.output(root.resolve("bench/newer-qemu")).lines().forEach(qemus::add);
    return qemus;
  }
}
