package atoll.manager;

import atoll.host.HostException;
import atoll.image.GuestProgram;
import atoll.report.Symbols;
import atoll.scenario.Guest;
import atoll.scenario.VmDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The names of places in what a VM runs: of the files that its description says, and of those that
 * it is loaded from, read when they are first asked for. Thread-safe.
 */
public final class GuestSymbols {
  private final VmDescription vm;
  private Optional<List<Symbols>> files = Optional.empty();

  // Guarded by this.
  private final List<String> problems = new ArrayList<>();

  public GuestSymbols(VmDescription vm) {
    this.vm = vm;
  }

  /** What is at an address, such as {@code main+0x1c}. */
  public Optional<String> at(long address) {
    return files().stream().flatMap(file -> file.at(address).stream()).findFirst();
  }

  /** The address of a name. */
  public OptionalLong address(String name) {
    return files().stream().flatMapToLong(file -> file.address(name).stream()).findFirst();
  }

  /** All files that have names, the user's first. */
  synchronized List<Symbols> files() {
    if (files.isEmpty()) {
      List<Symbols> read = new ArrayList<>();
      vm.symbols().forEach(file -> read(file, read));
      switch (vm.guest()) {
        case Guest.Program(GuestProgram program, String words) ->
            read.add(Symbols.of(program.content()));
        case Guest.Custom(Guest.Images images) -> read(images, read);
        case Guest.Linux linux -> read(linux.images(), read);
        case Guest.Installed installed -> read(installed.images(), read);
        case Guest.Uefi _, Guest.Image _ -> {}
      }
      files = Optional.of(read.stream().filter(symbols -> symbols.count() > 0).toList());
    }
    return files.get();
  }

  private void read(Guest.Images images, List<Symbols> read) {
    Stream.of(images.kernel(), images.firmware())
        .flatMap(Optional::stream)
        .filter(Files::isRegularFile)
        .forEach(file -> read(file, read));
  }

  private void read(Path file, List<Symbols> read) {
    try {
      read.add(Symbols.of(file));
    } catch (IOException e) {
      problems.add("%s cannot be read: %s".formatted(file, HostException.reason(e)));
    }
  }

  /** What could not be read, a sentence each. */
  synchronized List<String> problems() {
    return List.copyOf(problems);
  }

  /** Why a file that the user gives for its names has none; empty if it has. */
  static Optional<String> obstacle(Path file) {
    try {
      return Symbols.of(file).count() > 0
          ? Optional.empty()
          : Optional.of(
              "%s has no names of places, expected an ELF file with symbols or a System.map"
                  .formatted(file));
    } catch (IOException e) {
      return Optional.of("%s cannot be read: %s".formatted(file, HostException.reason(e)));
    }
  }
}
