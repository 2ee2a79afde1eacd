using System.Diagnostics;
using System.Globalization;
using MLNet.RandomPruning.Models;
using StandaloneScoring.Images;

namespace StandaloneScoring;

/// <summary>How many images a second the model scores.</summary>
internal static class Benchmark
{
    private const int BatchSize = 128;

    public static void Run(PrunedModel model, ImageScorer scorer, Arguments arguments, TextWriter output)
    {
        byte[] batch = Pixels(model, scorer, arguments.Images);
        var scores = new float[BatchSize * model.ClassCount];
        byte[] image = batch[..model.InputShape.Size];
        var oneByOne = Measure(() => model.Predict(image, scores), images: 1, arguments.Seconds);
        var inBatches = Measure(() => model.Predict(batch, scores), BatchSize, arguments.Seconds);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"one image\t{oneByOne.ImagesPerSecond:F0} images/s\tmedian {oneByOne.Median.TotalMilliseconds:F3} ms"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{BatchSize} images, {arguments.Threads} threads\t{inBatches.ImagesPerSecond:F0} images/s\tmedian {inBatches.Median.TotalMilliseconds:F3} ms"));
    }

    private static byte[] Pixels(PrunedModel model, ImageScorer scorer, IReadOnlyList<string> paths)
    {
        int size = model.InputShape.Size;
        var batch = new byte[BatchSize * size];
        if (paths.Count == 0)
        {
            new Random(1).NextBytes(batch);
            return batch;
        }

        byte[][] images = [.. paths.Select(path => scorer.PixelsOf(ImageFile.Read(path)))];
        for (int image = 0; image < BatchSize; image++)
        {
            images[image % images.Length].CopyTo(batch, image * size);
        }

        return batch;
    }

    private static (double ImagesPerSecond, TimeSpan Median) Measure(Action call, int images, double seconds)
    {
        // Until the runtime has compiled the code for good.
        var warmUp = Stopwatch.StartNew();
        do
        {
            call();
        }
        while (warmUp.Elapsed.TotalSeconds < Math.Min(seconds, 1));

        var times = new List<TimeSpan>();
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            long start = Stopwatch.GetTimestamp();
            call();
            times.Add(Stopwatch.GetElapsedTime(start));
        }

        double perSecond = images * times.Count / clock.Elapsed.TotalSeconds;
        times.Sort();
        return (perSecond, times[times.Count / 2]);
    }
}
