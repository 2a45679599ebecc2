package atoll.front;

import atoll.image.Nearest;
import atoll.line.FarAddress;
import atoll.net.MacAddress;
import atoll.net.NetworkSettings;
import atoll.net.NicSettings;
import atoll.net.PortForward;
import atoll.net.TapSettings;
import atoll.scenario.NetworkDescription;
import atoll.scenario.NetworkDescription.Uplink;
import atoll.scenario.NicDescription;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads {@code user[,restrict][,forward=2222:22][,mac=...][,mtu=N][,rate=SIZE][,capture=FILE]}, or
 * {@code tap[,name=tap0]} or {@code remote,at=tls://HOST:PORT} with the last four: an interface,
 * and the network of its own that it is plugged into.
 */
final class NetArgument {
  private static final String USER = "user";
  private static final String TAP = "tap";
  private static final String REMOTE = "remote";
  private static final List<String> USERS =
      List.of("restrict", "forward", "mac", "mtu", "rate", "capture");
  private static final List<String> TAPS = List.of("name", "mac", "mtu", "rate", "capture");
  private static final List<String> REMOTES = List.of("at", "mac", "mtu", "rate", "capture");

  private Uplink uplink;
  private Optional<String> hostInterface = Optional.empty();
  private Optional<FarAddress> far = Optional.empty();
  private int mtu = NetworkSettings.USUAL_MTU;
  private Optional<MacAddress> mac = Optional.empty();
  private OptionalLong rate = OptionalLong.empty();
  private Optional<Path> capture = Optional.empty();
  private final List<PortForward> forwards = new ArrayList<>();

  private NetArgument(Uplink uplink) {
    this.uplink = uplink;
  }

  /** The network, for the n-th interface. */
  NetworkDescription network(int n) {
    return new NetworkDescription(name(n), uplink, hostInterface, far, mtu, true);
  }

  NicDescription nic(int n) {
    return new NicDescription(name(n), mac, rate, capture, forwards);
  }

  Optional<Path> capture() {
    return capture;
  }

  private static String name(int n) {
    return "net" + n;
  }

  private List<String> words() {
    return switch (uplink) {
      case TAP -> TAPS;
      case REMOTE -> REMOTES;
      default -> USERS;
    };
  }

  private String kind() {
    return switch (uplink) {
      case TAP -> TAP;
      case REMOTE -> REMOTE;
      default -> USER;
    };
  }

  private void read(String word, Optional<String> value) {
    List<String> words = words();
    if (!words.contains(word)) {
      throw new TypeConversionException(
          "'%s' is no part of --net %s%s"
              .formatted(
                  word,
                  kind(),
                  Nearest.to(word, words)
                      .map(near -> "; did you mean " + near + "?")
                      .orElse(", expected " + String.join(", ", words))));
    }
    if (word.equals("restrict")) {
      if (value.isPresent()) {
        throw new TypeConversionException("restrict has no value; leave out the equals sign");
      }
      uplink = Uplink.RESTRICTED;
      return;
    }
    String text =
        value.orElseThrow(
            () -> new TypeConversionException("%s needs a value: %s=...".formatted(word, word)));
    switch (word) {
      case "forward" ->
          forwards.add(
              PortForward.parse(text).orElseThrow(() -> wrong(word, text, PortForward.EXPECTED)));
      case "mac" ->
          mac =
              Optional.of(
                  MacAddress.parse(text).orElseThrow(() -> wrong(word, text, MacAddress.EXPECTED)));
      case "mtu" -> mtu = mtu(text);
      case "at" -> far = Optional.of(FarArgument.read(text));
      case "name" -> {
        if (!TapSettings.isName(text)) {
          throw wrong(word, text, TapSettings.NAMES);
        }
        hostInterface = Optional.of(text);
      }
      case "rate" ->
          rate = OptionalLong.of(BytesPerSecond.read(word, text, NicSettings.LEAST_RATE));
      default -> capture = Optional.of(new FileName().convert(text));
    }
  }

  private static int mtu(String text) {
    int least = NetworkSettings.LEAST_MTU;
    int most = NetworkSettings.MOST_MTU;
    if (!text.matches("\\d{1,5}")
        || Integer.parseInt(text) < least
        || Integer.parseInt(text) > most) {
      throw wrong("mtu", text, "a number of bytes from %d to %d".formatted(least, most));
    }
    return Integer.parseInt(text);
  }

  private static TypeConversionException wrong(String word, String text, String expected) {
    return new TypeConversionException(
        "%s=%s is not understood, expected %s".formatted(word, text, expected));
  }

  /** For picocli. */
  static final class Converter implements ITypeConverter<NetArgument> {
    @Override
    public NetArgument convert(String value) {
      String[] parts = value.split(",", -1);
      NetArgument read =
          switch (parts[0]) {
            case USER -> new NetArgument(Uplink.USER);
            case TAP -> new NetArgument(Uplink.TAP);
            case REMOTE -> new NetArgument(Uplink.REMOTE);
            default ->
                throw new TypeConversionException(
                    "there is no network of the kind '%s', expected user, tap or remote"
                        .formatted(parts[0]));
          };
      for (int n = 1; n < parts.length; n++) {
        String[] pair = parts[n].split("=", 2);
        read.read(pair[0], pair.length == 2 ? Optional.of(pair[1]) : Optional.empty());
      }
      if (read.uplink == Uplink.REMOTE && read.far.isEmpty()) {
        throw new TypeConversionException(
            "remote needs a far side: --net remote,at=tls://HOST:PORT");
      }
      return read;
    }
  }
}
