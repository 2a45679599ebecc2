package atoll.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** QEMU's tools, as a second opinion. */
final class QemuImg {
  private QemuImg() {}

  /** What a command has said, and how it ended. */
  record Said(int code, String text) {}

  /** The tests that use it are left out where it is not installed. */
  static void assumeInstalled() {
    assumeTrue(installed(), "qemu-img is not installed");
  }

  private static boolean installed() {
    try {
      return new ProcessBuilder(tool("qemu-img"), "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Another version than the installed one can be named by the folder that it is in. */
  private static String tool(String name) {
    String folder = System.getProperty("qemu.tools");
    return folder == null ? name : Path.of(folder, name).toString();
  }

  /** Runs a tool in a folder. */
  static Said run(Path folder, String tool, List<String> words) {
    List<String> command = new ArrayList<>(List.of(tool(tool)));
    command.addAll(words);
    try {
      Process process =
          new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Said(process.waitFor(), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs qemu-img, which must succeed. */
  static String img(Path folder, String... words) {
    Said said = run(folder, "qemu-img", List.of(words));
    assertThat(said.code()).as("qemu-img %s: %s", String.join(" ", words), said.text()).isZero();
    return said.text();
  }

  /** Runs commands of qemu-io on a qcow2 image. */
  static void io(Path folder, String image, String... commands) {
    List<String> words = new ArrayList<>(List.of("-f", "qcow2"));
    for (String command : commands) {
      words.addAll(List.of("-c", command));
    }
    words.add(image);
    Said said = run(folder, "qemu-io", words);
    assertThat(said.code()).as("qemu-io %s: %s", words, said.text()).isZero();
  }
}
