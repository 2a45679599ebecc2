package atoll.app;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program in a process of its own, without its launcher. */
final class AtollProcess {
  private AtollProcess() {}

  /** What starts it with these words. */
  static List<String> command(List<String> words) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "atoll.app.Main"));
    command.addAll(words);
    return command;
  }

  /** Types {@code keys} and ends the input. */
  static Checkout.Run run(Path folder, List<String> command, String keys) throws Exception {
    Process process = new ProcessBuilder(command).directory(folder.toFile()).start();
    type(process, keys);
    return Checkout.finish(process);
  }

  static void type(Process process, String keys) throws IOException {
    OutputStream in = process.getOutputStream();
    in.write(keys.getBytes(StandardCharsets.ISO_8859_1));
    in.flush();
  }
}
