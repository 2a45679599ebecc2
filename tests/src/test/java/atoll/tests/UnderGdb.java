package atoll.tests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.testkit.Gdb;
import atoll.testkit.TestSystem;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** Tests of a system that Debian's gdb debugs, on an engine. */
abstract class UnderGdb {
  static final long RAM = 0x8000_0000L;

  @Parameter String engine;
  @TempDir Path folder;
  Gdb gdb;

  /** Set by the test, and closed after it. */
  TestSystem system;

  @BeforeAll
  static void requireGdb() {
    assumeTrue(Gdb.installed(), "gdb-multiarch is not installed");
  }

  @BeforeEach
  void begin() throws IOException {
    gdb = new Gdb();
  }

  @AfterEach
  void end() {
    gdb.close();
    if (system != null) {
      system.close();
    }
  }
}
