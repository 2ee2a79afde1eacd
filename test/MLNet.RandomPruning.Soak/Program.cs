// soak SECONDS THREADS: scores on many threads at once and looks for wrong answers and for memory that grows.
// sample FOLDER: writes a model and images to try scoring with.
using System.Globalization;
using MLNet.RandomPruning.Soak;

const double SettlingSeconds = 10;

if (args is ["sample", var folder])
{
    SampleModel.Write(folder);
    return 0;
}

if (args is not ["soak", var secondsText, var threadsText]
    || !double.TryParse(secondsText, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) || !(seconds is > 0 and <= 86400)
    || !int.TryParse(threadsText, NumberStyles.None, CultureInfo.InvariantCulture, out int threads) || threads is < 1 or > 1024)
{
    Console.Error.WriteLine("Usage: soak SECONDS THREADS, or sample FOLDER");
    return 2;
}

var duration = TimeSpan.FromSeconds(seconds);
var settle = TimeSpan.FromSeconds(Math.Min(SettlingSeconds, seconds / 2));
using var soak = new PredictionSoak(SampleModel.Untrained(), seed: 1);
var report = soak.Run(threads, settle, duration);
bool grows = report.QuietIntervals < PredictionSoak.Intervals / 2;
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
    threads                      {threads}
    seconds                      {seconds}
    calls                        {report.Calls}
    images                       {report.Predictions} ({report.Predictions / seconds:F0} a second)
    wrong answers                {report.Wrong}
    allocated after {settle.TotalSeconds} s         {report.AllocatedAfterSettling} bytes in {report.CallsAfterSettling} calls; nothing in {report.QuietIntervals} of {PredictionSoak.Intervals} intervals
    collections after {settle.TotalSeconds} s       {report.CollectionsAfterSettling}
    working set at {settle.TotalSeconds} s          {report.WorkingSet / 1048576.0:F1} MiB
    working set at the end       {report.WorkingSetAtEnd / 1048576.0:F1} MiB
    """));
if (report.FirstWrong is not null)
{
    Console.Error.WriteLine($"soak: {report.FirstWrong}");
}

if (grows)
{
    Console.Error.WriteLine($"soak: calls allocate: {report.AllocatedAfterSettling} bytes in {report.CallsAfterSettling} calls, something in {PredictionSoak.Intervals - report.QuietIntervals} of {PredictionSoak.Intervals} intervals.");
}

return report.Wrong == 0 && !grows ? 0 : 1;
