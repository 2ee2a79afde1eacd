using System.Diagnostics;

namespace MLNet.RandomPruning.Training;

/// <summary>Measures how fast a run is. Nothing that it measures has any influence on the result.</summary>
internal sealed class TrainingClock(TimeSpan elapsedBefore)
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(100);

    private readonly Stopwatch _all = Stopwatch.StartNew();
    private readonly Stopwatch _steps = new();
    private long _images, _epochImages;
    private TimeSpan? _lastReport;

    /// <summary>The time since training began, over all runs.</summary>
    public TimeSpan Elapsed => elapsedBefore + _all.Elapsed;

    /// <summary>Images per second of this epoch's steps, as far as they ran in this run; 0 when none did.</summary>
    public double ImagesPerSecond => _epochImages == 0 ? 0 : _epochImages / Math.Max(_steps.Elapsed.TotalSeconds, 1e-9);

    /// <summary>Begins an epoch.</summary>
    public void BeginEpoch()
    {
        _epochImages = 0;
        _steps.Reset();
    }

    /// <summary>Begins to count time as training time.</summary>
    public void BeginStep() => _steps.Start();

    /// <summary>Stops counting time as training time.</summary>
    public void EndStep(int images)
    {
        _steps.Stop();
        _images += images;
        _epochImages += images;
    }

    /// <summary>The time that some more images will take, validation and checkpoints included as they were so far.</summary>
    public TimeSpan Remaining(long images) => _images == 0 ? TimeSpan.Zero : _all.Elapsed * ((double)images / _images);

    /// <summary>Whether it is time for a progress report: at most ten a second.</summary>
    public bool IsReportDue()
    {
        var now = _all.Elapsed;
        if (now - _lastReport < ReportInterval)
        {
            return false;
        }

        _lastReport = now;
        return true;
    }
}
