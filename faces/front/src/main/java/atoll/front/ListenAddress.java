package atoll.front;

import atoll.nbd.NbdServer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code [HOST:]PORT}, where a server is to listen. */
final class ListenAddress implements ITypeConverter<NbdServer.OnPort> {
  /** Only programs of this host can come. */
  static final String THIS_HOST = "127.0.0.1";

  private static final Pattern FORM =
      Pattern.compile("(?:(?<host>\\[[0-9A-Fa-f:.%a-z]+]|[^:\\[\\]]+):)?(?<port>[0-9]{1,5})");
  private static final int PORT_MOST = 65_535;

  @Override
  public NbdServer.OnPort convert(String value) {
    Matcher matcher = FORM.matcher(value);
    if (!matcher.matches() || Integer.parseInt(matcher.group("port")) > PORT_MOST) {
      throw new TypeConversionException(
          "'%s' is not a place to listen at; give HOST:PORT, such as 127.0.0.1:10809"
              .formatted(value));
    }
    String host = matcher.group("host") == null ? THIS_HOST : matcher.group("host");
    boolean bracketed = host.startsWith("[");
    return new NbdServer.OnPort(
        bracketed ? host.substring(1, host.length() - 1) : host,
        Integer.parseInt(matcher.group("port")));
  }
}
