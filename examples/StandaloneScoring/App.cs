using System.Diagnostics;
using System.Globalization;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using StandaloneScoring.Images;

namespace StandaloneScoring;

/// <summary>The program: reads the command line, scores, and turns what goes wrong into a line and an exit code.</summary>
internal static class App
{
    private const int Success = 0, Failed = 1, BadUsage = 2;

    /// <summary>Runs the program.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(IReadOnlyList<string> args, TextWriter output, TextWriter errors)
    {
        long start = Stopwatch.GetTimestamp();
        Arguments arguments;
        try
        {
            arguments = Arguments.Parse(args);
        }
        catch (FormatException error)
        {
            WriteError(errors, error);
            errors.WriteLine("See 'standalone-scoring --help'.");
            return BadUsage;
        }

        if (arguments.Help)
        {
            output.WriteLine(Arguments.Usage);
            return Success;
        }

        try
        {
            // Image libraries, and the readers here, give the colours of a pixel side by side.
            using var model = PrunedModel.Load(arguments.Model, new PrunedModelOptions
            {
                PixelLayout = PixelLayout.Interleaved, NumberOfThreads = arguments.Benchmark ? arguments.Threads : 1,
            });
            var loaded = Stopwatch.GetElapsedTime(start);
            var scorer = new ImageScorer(model);
            if (arguments.Benchmark)
            {
                Benchmark.Run(model, scorer, arguments, output);
                return Success;
            }

            return Score(scorer, arguments, output, errors, start, loaded);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or ArgumentException or NotSupportedException)
        {
            WriteError(errors, error);
            return Failed;
        }
    }

    /// <summary>An error's message without the name of a parameter.</summary>
    public static string Reason(Exception error) => error is ArgumentException { ParamName: { } name }
        ? error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
        : error.Message;

    private static int Score(ImageScorer scorer, Arguments arguments, TextWriter output, TextWriter errors, long start, TimeSpan loaded)
    {
        int code = Success;
        bool isFirst = true;
        foreach (string path in arguments.Images)
        {
            try
            {
                var prediction = scorer.Score(ImageFile.Read(path), arguments.OutOfDistribution);
                Write(output, path, prediction, arguments.Top);
            }
            catch (Exception error) when (error is IOException or InvalidDataException)
            {
                WriteError(errors, error);
                code = Failed;
            }

            if (isFirst && arguments.Time)
            {
                isFirst = false;
                errors.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"Model read after {loaded.TotalMilliseconds:F1} ms, first image scored after {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms."));
            }
        }

        return code;
    }

    private static void Write(TextWriter output, string path, Prediction prediction, int top)
    {
        foreach (var (label, probability) in prediction.Labels.Take(top))
        {
            output.Write(string.Create(CultureInfo.InvariantCulture, $"{path}\t{label}\t{probability:F4}"));
            if (prediction.OutOfDistribution is double score)
            {
                output.Write(string.Create(CultureInfo.InvariantCulture, $"\t{score:G6}"));
            }

            output.WriteLine();
        }
    }

    private static void WriteError(TextWriter errors, Exception error) => errors.WriteLine($"standalone-scoring: {Reason(error)}");
}
