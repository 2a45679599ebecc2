package atoll.nbd;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a disk is served, and how it is to be connected to: a URI as the NBD project specifies it
 * (doc/uri.md), with parameters of ours. QEMU's older names are read as well.
 *
 * @param export its name there; often empty
 * @param tls if the connection is by TLS
 * @param reconnect how long requests wait for a server that is gone, until they fail
 * @param patience how long the server may say nothing when it should, before it counts as gone
 */
public record NbdAddress(
    Endpoint endpoint,
    String export,
    Optional<TlsFiles> tls,
    Duration reconnect,
    Duration patience) {
  /** How long a server may be silent, unless the address says so. */
  public static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Pattern URI =
      Pattern.compile("(nbds?)(\\+tcp|\\+unix)?://([^/?#]*)(?:/([^?#]*))?(?:\\?([^#]*))?");
  private static final Pattern AUTHORITY =
      Pattern.compile("(?<host>\\[[0-9A-Fa-f:.%]+]|[^:@\\[\\]]+)(?::(?<port>[0-9]{1,5}))?");
  private static final Pattern OLD_UNIX = Pattern.compile("nbd:unix:(.+?)(?::exportname=(.*))?");
  private static final Pattern OLD_TCP =
      Pattern.compile("nbd:(\\[[^]]+]|[^:/]+):([0-9]{1,5})(?::exportname=(.*))?");
  private static final Pattern BEGINNING = Pattern.compile("nbds?(\\+[a-z]+)?:.*", Pattern.DOTALL);
  private static final String EXPECTED =
      "expected nbd://HOST[:PORT]/EXPORT or nbd+unix:///EXPORT?socket=PATH";
  private static final List<String> PARAMETERS =
      List.of(
          "socket",
          "tls-ca",
          "tls-cert",
          "tls-key",
          "tls-certificates",
          "tls-hostname",
          "reconnect",
          "timeout");
  private static final int PORT_MOST = 65_535;
  private static final long SECONDS_MOST = 1_000_000;

  /** The socket of a server. */
  public sealed interface Endpoint {}

  /** One of TCP. */
  public record Tcp(String host, int port) implements Endpoint {
    public Tcp {
      Objects.requireNonNull(host, "host");
      require(!host.isEmpty(), "there is no host");
      require(port >= 1 && port <= PORT_MOST, "port " + port + ", expected 1 to 65535");
    }
  }

  /** One of the host. */
  public record Unix(Path path) implements Endpoint {
    public Unix {
      Objects.requireNonNull(path, "path");
    }
  }

  public NbdAddress {
    Objects.requireNonNull(endpoint, "endpoint");
    Objects.requireNonNull(tls, "tls");
    require(
        Wire.utf8(export).length <= Protocol.NAME_MOST,
        "the name of an export has at most " + Protocol.NAME_MOST + " bytes");
    require(!reconnect.isNegative(), "reconnect=" + reconnect);
    require(patience.isPositive(), "timeout=" + patience);
  }

  /** The usual way to an export. */
  public NbdAddress(Endpoint endpoint, String export, Optional<TlsFiles> tls) {
    this(endpoint, export, tls, Duration.ZERO, PATIENCE);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /** Whether a word is meant as such an address, well written or not. */
  public static boolean looksLike(String word) {
    return BEGINNING.matcher(word).matches();
  }

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException with a sentence, if it is none
   */
  public static NbdAddress parse(String text) {
    Matcher uri = URI.matcher(text);
    if (uri.matches()) {
      return parse(text, uri);
    }
    Matcher unix = OLD_UNIX.matcher(text);
    if (unix.matches()) {
      return old(new Unix(path(text, unix.group(1))), unix.group(2));
    }
    Matcher tcp = OLD_TCP.matcher(text);
    if (tcp.matches()) {
      return old(tcp(text, tcp.group(1), tcp.group(2)), tcp.group(3));
    }
    throw wrong(text, "is not the address of an NBD export");
  }

  private static NbdAddress old(Endpoint endpoint, String export) {
    return new NbdAddress(endpoint, export == null ? "" : export, Optional.empty());
  }

  private static IllegalArgumentException wrong(String text, String why) {
    return new IllegalArgumentException("'%s' %s, %s".formatted(text, why, EXPECTED));
  }

  private static NbdAddress parse(String text, Matcher uri) {
    Map<String, String> parameters = parameters(text, uri.group(5));
    boolean secure = uri.group(1).equals("nbds");
    boolean unix = "+unix".equals(uri.group(2));
    String export = uri.group(4) == null ? "" : decoded(text, uri.group(4));
    boolean ofTls = parameters.keySet().stream().anyMatch(key -> key.startsWith("tls-"));
    if (ofTls && !secure) {
      throw wrong(text, "has parameters of TLS and does not use it; begin it with nbds");
    }
    if (unix != parameters.containsKey("socket")) {
      throw wrong(text, unix ? "does not say its socket" : "has a socket and is not of nbd+unix");
    }
    if (unix && !uri.group(3).isEmpty()) {
      throw wrong(text, "has a host and a socket");
    }
    Endpoint endpoint =
        unix ? new Unix(path(text, parameters.get("socket"))) : tcp(text, uri.group(3));
    return new NbdAddress(
        endpoint,
        export,
        secure ? Optional.of(tls(text, parameters)) : Optional.empty(),
        seconds(text, parameters, "reconnect", Duration.ZERO),
        seconds(text, parameters, "timeout", PATIENCE));
  }

  private static Map<String, String> parameters(String text, String query) {
    Map<String, String> parameters = new LinkedHashMap<>();
    if (query == null || query.isEmpty()) {
      return parameters;
    }
    for (String part : query.split("&", -1)) {
      int equals = part.indexOf('=');
      String key = equals < 0 ? part : part.substring(0, equals);
      if (key.startsWith("tls-psk") || key.equals("tls-username")) {
        throw wrong(text, "wants TLS with a shared key, which Atoll has not; use certificates");
      }
      if (!PARAMETERS.contains(key) || equals < 0) {
        throw wrong(
            text,
            "has '%s', which is none of %s=...".formatted(part, String.join("=..., ", PARAMETERS)));
      }
      parameters.put(key, decoded(text, part.substring(equals + 1)));
    }
    return parameters;
  }

  private static String decoded(String text, String part) {
    try {
      return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw wrong(text, "has a percent sign without two hexadecimal digits");
    }
  }

  private static Path path(String text, String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw wrong(text, "has '%s', which is no file name".formatted(name));
    }
  }

  private static Tcp tcp(String text, String authority) {
    Matcher parts = AUTHORITY.matcher(authority);
    if (!parts.matches()) {
      throw wrong(text, authority.isEmpty() ? "has no host" : "has no host that can be read");
    }
    String port = parts.group("port");
    return tcp(text, parts.group("host"), port == null ? "" + Protocol.PORT : port);
  }

  private static Tcp tcp(String text, String host, String port) {
    int number = Integer.parseInt(port);
    if (number < 1 || number > PORT_MOST) {
      throw wrong(text, "has port %d".formatted(number));
    }
    boolean bracketed = host.startsWith("[");
    return new Tcp(bracketed ? host.substring(1, host.length() - 1) : host, number);
  }

  /** {@code tls-certificates} is a folder with the names that QEMU and libnbd give such files. */
  private static TlsFiles tls(String text, Map<String, String> parameters) {
    Optional<Path> folder = file(text, parameters, "tls-certificates");
    Optional<Path> own =
        folder.map(f -> f.resolve("client-cert.pem")).filter(f -> f.toFile().exists());
    try {
      return new TlsFiles(
          file(text, parameters, "tls-ca").or(() -> folder.map(f -> f.resolve("ca-cert.pem"))),
          file(text, parameters, "tls-cert").or(() -> own),
          file(text, parameters, "tls-key")
              .or(() -> own.flatMap(c -> folder).map(f -> f.resolve("client-key.pem"))),
          Optional.ofNullable(parameters.get("tls-hostname")));
    } catch (IllegalArgumentException e) {
      throw wrong(text, "has a tls-key and no tls-cert");
    }
  }

  private static Optional<Path> file(String text, Map<String, String> parameters, String key) {
    return Optional.ofNullable(parameters.get(key)).map(name -> path(text, name));
  }

  private static Duration seconds(
      String text, Map<String, String> parameters, String key, Duration usual) {
    String value = parameters.get(key);
    if (value == null) {
      return usual;
    }
    if (!value.matches("[0-9]{1,7}") || Long.parseLong(value) > SECONDS_MOST) {
      throw wrong(text, "has %s=%s, which is no number of seconds".formatted(key, value));
    }
    if (key.equals("timeout") && Long.parseLong(value) == 0) {
      throw wrong(text, "has timeout=0; give the seconds that the server may be silent");
    }
    return Duration.ofSeconds(Long.parseLong(value));
  }

  /** The export's address, without how it is to be connected to. */
  @Override
  public String toString() {
    String scheme = tls.isPresent() ? "nbds" : "nbd";
    return switch (endpoint) {
      case Tcp(String host, int port) ->
          "%s://%s%s/%s"
              .formatted(
                  scheme,
                  host.contains(":") ? "[" + host + "]" : host,
                  port == Protocol.PORT ? "" : ":" + port,
                  encoded(export));
      case Unix(Path path) ->
          "%s+unix:///%s?socket=%s".formatted(scheme, encoded(export), encoded(path.toString()));
    };
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("%2F", "/");
  }
}
