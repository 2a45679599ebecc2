package atoll.image;

import java.net.URI;
import java.util.List;

/** One binary archive that the system's package manager uses. */
record AptSource(URI uri, List<String> suites, List<String> components) {
  /** Whether it may be a whole Debian archive, judged by how it is configured. */
  boolean plausible() {
    return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
        && uri.getHost() != null
        && components.contains("main")
        && suites.stream().anyMatch(suite -> !suite.contains("-security") && !suite.contains("/"));
  }
}
