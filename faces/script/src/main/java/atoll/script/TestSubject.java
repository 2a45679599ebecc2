package atoll.script;

import atoll.api.Atoll;
import atoll.api.AtollSystem;
import atoll.api.SystemBuilder;
import atoll.api.VmBuilder;
import atoll.host.HostException;
import atoll.image.GuestProgram;
import atoll.scenario.TestScript;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A system under test, with the files that were made for it. */
final class TestSubject implements Closeable {
  private final Optional<Path> folder;
  private final AtollSystem system;

  private TestSubject(Optional<Path> folder, AtollSystem system) {
    this.folder = folder;
    this.system = system;
  }

  /**
   * Makes and starts it.
   *
   * @param temporary where its own files go
   * @param progress told of long work in a few words
   * @throws atoll.api.AtollException if it cannot be made
   */
  static TestSubject start(TestScript script, Path temporary, Consumer<String> progress) {
    Optional<Path> folder = Optional.empty();
    try {
      folder = folder(script.subject(), temporary);
      return new TestSubject(folder, builder(script.subject(), folder).progress(progress).start());
    } catch (IOException e) {
      remove(folder);
      throw new UncheckedIOException(e);
    } catch (RuntimeException | Error e) {
      remove(folder);
      throw e;
    }
  }

  /** Where its own disks are, if it has any. */
  private static Optional<Path> folder(TestScript.Subject subject, Path temporary)
      throws IOException {
    boolean own =
        subject instanceof TestScript.Subject.Machine machine
            && machine.disks().stream().anyMatch(disk -> !(disk instanceof TestScript.Disk.Image));
    return own
        ? Optional.of(Files.createTempDirectory(temporary, "atoll-test-"))
        : Optional.empty();
  }

  private static SystemBuilder<?> builder(TestScript.Subject subject, Optional<Path> folder)
      throws IOException {
    return switch (subject) {
      case TestScript.Subject.ScenarioFile(Path scenario) -> Atoll.scenario(scenario);
      case TestScript.Subject.Machine machine -> machine(machine, folder);
    };
  }

  private static VmBuilder machine(TestScript.Subject.Machine machine, Optional<Path> folder)
      throws IOException {
    VmBuilder vm = guest(machine).append(machine.append()).cpus(machine.cpus());
    vm.engine(machine.engine());
    if (machine.memory() > 0) {
      vm.memory(machine.memory());
    }
    Optional.ofNullable(machine.files().get("initrd")).ifPresent(vm::initrd);
    Optional.ofNullable(machine.files().get("dtb")).ifPresent(vm::deviceTree);
    for (TestScript.Disk disk : machine.disks()) {
      disk(vm, disk, folder);
    }
    machine.inserts().forEach(vm::file);
    machine.shares().forEach((place, path) -> vm.share(path, place));
    machine.buttons().forEach(vm::button);
    machine.leds().forEach(vm::led);
    TestScript.Switches switches = machine.switches();
    return given(vm, switches);
  }

  private static VmBuilder given(VmBuilder vm, TestScript.Switches switches) {
    if (switches.network()) {
      vm.network();
    }
    if (switches.display()) {
      vm.display();
    }
    if (switches.pci()) {
      vm.pci();
    }
    return switches.reboot() ? vm.rebooting() : vm;
  }

  private static VmBuilder guest(TestScript.Subject.Machine machine) {
    Path kernel = machine.files().get("kernel");
    Path firmware = machine.files().get("firmware");
    VmBuilder vm = firmware == null ? named(machine.guest(), kernel) : Atoll.firmware(firmware);
    return kernel == null ? vm : vm.kernel(kernel);
  }

  private static VmBuilder named(String guest, Path kernel) {
    return switch (guest) {
      case "" -> Atoll.kernel(kernel);
      case "linux" -> Atoll.linux();
      default -> GuestProgram.of(guest).isPresent() ? Atoll.builtin(guest) : Atoll.image(guest);
    };
  }

  private static void disk(VmBuilder vm, TestScript.Disk disk, Optional<Path> folder)
      throws IOException {
    switch (disk) {
      case TestScript.Disk.Image(Path file, boolean readOnly) -> {
        VmBuilder ignored = readOnly ? vm.readOnlyDisk(file) : vm.disk(file);
      }
      case TestScript.Disk.Copy(Path file) -> {
        Path copy = Files.createTempFile(folder.orElseThrow(), "copy-", "-" + file.getFileName());
        VmBuilder ignored = vm.disk(Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING));
      }
      case TestScript.Disk.Blank(long size) -> {
        Path blank = Files.createTempFile(folder.orElseThrow(), "disk", ".img");
        try (RandomAccessFile file = new RandomAccessFile(blank.toFile(), "rw")) {
          file.setLength(size);
        }
        VmBuilder ignored = vm.disk(blank);
      }
    }
  }

  AtollSystem system() {
    return system;
  }

  @Override
  public void close() {
    try {
      system.close();
    } finally {
      remove(folder);
    }
  }

  private static void remove(Optional<Path> folder) {
    if (folder.isEmpty()) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder.get())) {
      List<Path> backwards = all.sorted(Comparator.reverseOrder()).toList();
      for (Path each : backwards) {
        boolean ignored = Files.deleteIfExists(each);
      }
    } catch (IOException e) {
      throw new HostException(
          "the folder %s of a test cannot be removed: %s"
              .formatted(folder.get(), HostException.reason(e)),
          e);
    }
  }
}
