package atoll.front;

import atoll.display.ScreenSize;
import atoll.display.VncAddress;
import atoll.scenario.DisplayDescription;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Stack;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What a VM shows pictures on, and who looks at them. */
final class ScreenOptions {
  @Option(
      names = "--display",
      paramLabel = "[SIZE]",
      preprocessor = UsualSize.class,
      converter = SizeConverter.class,
      description =
          "give the guest a display (virtio-gpu) with a keyboard and a pointer; 1280x800 if no size is given")
  private ScreenSize size;

  @Option(
      names = "--vnc",
      paramLabel = "[ADDRESS:]PORT[,password=FILE]",
      converter = VncArgument.Converter.class,
      description =
          "show the display to VNC viewers, on 127.0.0.1 if no address is given; those from elsewhere must know the first line of a file")
  private VncArgument vnc;

  @Option(
      names = "--screenshot",
      paramLabel = "FILE[@TIME]",
      converter = ShotArgument.Converter.class,
      description =
          "write what the display shows as a PNG file: at the end, or when a time such as 20s has passed; may be repeated")
  private List<ShotArgument> shots = List.of();

  /** The display, if there is to be one; viewers alone ask for one too. */
  Optional<DisplayDescription> display() {
    return size == null && vnc == null
        ? Optional.empty()
        : Optional.of(
            new DisplayDescription(
                size == null ? ScreenSize.USUAL : size,
                Optional.ofNullable(vnc).map(VncArgument::listen),
                Optional.ofNullable(vnc).flatMap(VncArgument::password)));
  }

  List<ShotArgument> shots() {
    return shots;
  }

  /** What is wrong with the options together, in a sentence. */
  Optional<String> obstacle() {
    if (!shots.isEmpty() && display().isEmpty()) {
      return Optional.of("--screenshot needs a display; add --display");
    }
    return Optional.empty();
  }

  /** A word that is no size is the next argument, and the size is the usual one. */
  static final class UsualSize implements IParameterPreprocessor {
    @Override
    public boolean preprocess(
        Stack<String> args, CommandSpec command, ArgSpec option, Map<String, Object> info) {
      boolean attached = "=".equals(info.get("separator"));
      if (!attached && (args.isEmpty() || !args.peek().matches("\\d.*"))) {
        args.push(ScreenSize.USUAL.toString());
      }
      return false;
    }
  }

  static final class SizeConverter implements ITypeConverter<ScreenSize> {
    @Override
    public ScreenSize convert(String value) {
      return ScreenSize.parse(value)
          .orElseThrow(() ->
              new TypeConversionException(
                  "'%s' is not a size, expected %s".formatted(value, ScreenSize.EXPECTED)));
    }
  }

  /** Where viewers find the display, and what they must know. */
  record VncArgument(InetSocketAddress listen, Optional<Path> password) {
    private static final String PASSWORD = ",password=";

    static final class Converter implements ITypeConverter<VncArgument> {
      @Override
      public VncArgument convert(String value) {
        int comma = value.indexOf(PASSWORD);
        String address = comma < 0 ? value : value.substring(0, comma);
        InetSocketAddress listen =
            VncAddress.parse(address)
                .orElseThrow(() ->
                    new TypeConversionException(
                        "'%s' is no place for viewers, expected %s"
                            .formatted(address, VncAddress.EXPECTED)));
        Optional<Path> password =
            comma < 0
                ? Optional.empty()
                : Optional.of(new FileName().convert(value.substring(comma + PASSWORD.length())));
        DisplayDescription.obstacle(Optional.of(listen), password)
            .ifPresent(why -> {
              throw new TypeConversionException(why);
            });
        return new VncArgument(listen, password);
      }
    }
  }
}
