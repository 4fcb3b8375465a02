// Copyright (C) 2026 the ngx_http_s3o_presign_module authors
//
// Java's HttpClient, which follows redirects:
//
//     java Redirect.java UPLOADS DOWNLOADS FOLDER VERSION
//
// says a line for each step: its name, and "ok" or what went wrong.

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;

public class Redirect {

    interface Step {
        String run() throws Exception;
    }

    static HttpClient client;
    static String uploads;
    static String downloads;


    static void step(String name, Step step) {
        String result;

        try {
            result = step.run();

        } catch (Exception error) {
            result = error.toString();
        }

        System.out.println(name + " -> " + result);
    }


    static HttpRequest.Builder request(String url) {
        return HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofSeconds(60));
    }


    static String put(String key, Path file, boolean expect) throws Exception {
        HttpResponse<String> r = client.send(
            request(uploads + key).expectContinue(expect)
                .header("Content-Type", "text/x-java")
                .PUT(BodyPublishers.ofFile(file)).build(),
            BodyHandlers.ofString());

        return r.statusCode() == 200 ? "ok" : r.statusCode() + " " + r.body();
    }


    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[2]);

        uploads = args[0];
        downloads = args[1];
        client = HttpClient.newBuilder()
            .version(HttpClient.Version.valueOf(args[3]))
            .followRedirects(HttpClient.Redirect.NORMAL).build();

        step("PUT", () -> put("d/a", folder.resolve("a"), true));
        step("PUT, large", () -> put("d/large", folder.resolve("large"), true));
        step("PUT, large, at once", () -> put("d/at-once",
                                              folder.resolve("large"), false));

        step("GET", () -> {
            HttpResponse<String> r = client.send(request(downloads + "d/a").build(),
                                                 BodyHandlers.ofString());
            return r.body().equals("one") ? "ok" : r.statusCode() + r.body();
        });

        step("GET, large", () -> {
            HttpResponse<Path> r = client.send(
                request(downloads + "d/large").build(),
                BodyHandlers.ofFile(folder.resolve("large.back")));
            return r.statusCode() == 200 ? "ok" : "" + r.statusCode();
        });

        step("GET, a range", () -> {
            HttpResponse<String> r = client.send(
                request(downloads + "d/a").header("Range", "bytes=1-1").build(),
                BodyHandlers.ofString());
            return r.body().equals("n") ? "ok" : r.statusCode() + r.body();
        });

        step("HEAD", () -> {
            HttpResponse<Void> r = client.send(
                request(downloads + "d/a").method("HEAD", BodyPublishers.noBody()).build(),
                BodyHandlers.discarding());
            return r.headers().firstValueAsLong("content-length")
                .orElse(-1) == 3 ? "ok" : r.headers().map().toString();
        });

        step("DELETE", () -> {
            HttpResponse<String> r = client.send(
                request(downloads + "d/a").DELETE().build(), BodyHandlers.ofString());
            return r.statusCode() == 204 ? "ok" : r.statusCode() + r.body();
        });
    }
}
