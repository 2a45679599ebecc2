package atoll.api;

import atoll.image.GuestProgram;
import atoll.scenario.Guest;
import atoll.vmm.ElfSymbols;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The names of places in the programs that a VM is made from, read when they are first asked for.
 */
final class GuestSymbols {
  private final Guest guest;
  private Optional<List<ElfSymbols>> files = Optional.empty();

  GuestSymbols(Guest guest) {
    this.guest = guest;
  }

  Optional<String> at(long address) {
    return files().stream().flatMap(file -> file.at(address).stream()).findFirst();
  }

  OptionalLong address(String name) {
    return files().stream().flatMapToLong(file -> file.address(name).stream()).findFirst();
  }

  private synchronized List<ElfSymbols> files() {
    if (files.isEmpty()) {
      files =
          Optional.of(
              switch (guest) {
                case Guest.Program(GuestProgram program, String words) ->
                    List.of(ElfSymbols.of(program.content()));
                case Guest.Custom(Guest.Images images) -> of(images);
                case Guest.Linux linux -> of(linux.images());
                case Guest.Installed installed -> of(installed.images());
                case Guest.Uefi uefi -> List.of();
                case Guest.Image image -> List.of();
              });
    }
    return files.get();
  }

  private static List<ElfSymbols> of(Guest.Images images) {
    return Stream.of(images.kernel(), images.firmware())
        .flatMap(Optional::stream)
        .filter(Files::isRegularFile)
        .map((Path file) -> ElfSymbols.of(HostFiles.read(file)))
        .toList();
  }
}
