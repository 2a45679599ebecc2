package atoll.front;

import atoll.debug.DebugAddress;
import atoll.image.RefusedException;
import atoll.scenario.DebuggerDescription;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Where a debugger finds the guest. */
final class DebugOptions {
  @Option(
      names = "--gdb",
      paramLabel = "[ADDRESS]:PORT|PATH",
      converter = Converter.class,
      description =
          "let gdb debug the guest at a port, :1234 on 127.0.0.1, or at a socket such as ./gdb.sock; what to type is printed")
  private DebugAddress address;

  @Option(
      names = "--wait-gdb",
      description = "with --gdb: stand before the first instruction until gdb lets it go on")
  private boolean waits;

  /** What is wrong with the options together, in a sentence. */
  Optional<String> obstacle() {
    return waits && address == null
        ? Optional.of("--wait-gdb needs a place for gdb; add --gdb :1234")
        : Optional.empty();
  }

  List<DebuggerDescription> debuggers() {
    return address == null
        ? List.of()
        : List.of(new DebuggerDescription(address, List.of(), waits));
  }

  /** Reads an address. */
  static final class Converter implements ITypeConverter<DebugAddress> {
    @Override
    public DebugAddress convert(String value) {
      try {
        return DebugAddress.usable(value);
      } catch (RefusedException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
