package atoll.junit;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.reporting.FileEntry;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** A run of JUnit within a test, as a tool would do it. */
final class TestRun implements TestExecutionListener {
  private final List<Throwable> failed = new CopyOnWriteArrayList<>();
  private final List<String> entries = new CopyOnWriteArrayList<>();
  private final List<Path> files = new CopyOnWriteArrayList<>();
  private final AtomicInteger passed = new AtomicInteger();

  private TestRun() {}

  /**
   * Runs a class.
   *
   * @param folder for files that are published
   * @param parameters as {@code key=value}
   */
  static TestRun of(Path folder, Class<?> tests, String... parameters) {
    LauncherDiscoveryRequestBuilder request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectClass(tests))
            .configurationParameter("junit.platform.reporting.output.dir", folder.toString());
    for (String parameter : parameters) {
      String[] pair = parameter.split("=", 2);
      request.configurationParameter(pair[0], pair[1]);
    }
    TestRun run = new TestRun();
    LauncherDiscoveryRequest built = request.build();
    LauncherFactory.create().execute(built, run);
    return run;
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    result.getThrowable().ifPresent(failed::add);
    if (test.isTest() && result.getStatus() == TestExecutionResult.Status.SUCCESSFUL) {
      passed.incrementAndGet();
    }
  }

  @Override
  public void reportingEntryPublished(TestIdentifier test, ReportEntry entry) {
    entries.addAll(entry.getKeyValuePairs().values());
  }

  @Override
  public void fileEntryPublished(TestIdentifier test, FileEntry file) {
    files.add(file.getPath());
  }

  List<Throwable> failed() {
    return failed;
  }

  int passed() {
    return passed.get();
  }

  List<String> entries() {
    return entries;
  }

  List<Path> files() {
    return files;
  }
}
