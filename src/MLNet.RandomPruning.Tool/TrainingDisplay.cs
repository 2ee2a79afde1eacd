using System.Globalization;
using MLNet.RandomPruning.Training;
using Spectre.Console;

namespace MLNet.RandomPruning.Tool;

/// <summary>
/// Shows how training goes, on standard error: on a terminal a bar that moves, with a line for each epoch above it; elsewhere only
/// the lines.
/// </summary>
internal sealed class TrainingDisplay(ToolOutput output)
{
    private readonly Lock _lock = new();
    private ProgressTask? _task;

    private bool IsLive => output.ErrorConsole.Profile is { Out.IsTerminal: true, Capabilities: { Ansi: true, Interactive: true } };

    /// <summary>Does the work with the bar on the screen, where there is one.</summary>
    public T Run<T>(string description, double length, Func<T> work) => !IsLive
        ? work()
        : output.ErrorConsole.Progress().AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                _task = context.AddTask(Markup.Escape(description), maxValue: length);
                try
                {
                    return work();
                }
                finally
                {
                    _task = null;
                }
            });

    /// <summary>Moves the bar.</summary>
    public void Step(StepProgress at)
    {
        if (_task is { } task)
        {
            task.Description = Markup.Escape(string.Create(CultureInfo.InvariantCulture,
                $"epoch {at.Epoch}/{at.Epochs}  loss {at.Loss:F3}  accuracy {at.Accuracy:P1}  {at.ImagesPerSecond:N0} images/s  {Time(at.Remaining)} left"));
            task.Value = at.Epoch - 1 + (double)at.Step / at.StepsPerEpoch;
        }
    }

    /// <summary>Moves the bar to the end of an epoch.</summary>
    public void Epoch(EpochMetrics metrics)
    {
        if (_task is { } task)
        {
            task.Value = metrics.Epoch;
        }
    }

    /// <summary>Leaves the terminal as it was found, when the process is about to end in the middle of the work.</summary>
    public void Abandon()
    {
        if (_task is not null)
        {
            output.ErrorConsole.Cursor.Show(true);
        }
    }

    /// <summary>Writes a line; above the bar, where there is one. Safe to call from any thread.</summary>
    public void Line(string text)
    {
        lock (_lock)
        {
            if (_task is null)
            {
                output.Error.WriteLine(text);
            }
            else
            {
                output.ErrorConsole.WriteLine(text);
            }
        }
    }

    private static string Time(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time:mm\\:ss}")
        : time.ToString(@"m\:ss", CultureInfo.InvariantCulture);
}
