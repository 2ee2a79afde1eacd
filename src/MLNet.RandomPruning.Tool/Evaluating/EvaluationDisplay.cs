using MLNet.RandomPruning.Evaluation.Robustness;
using Spectre.Console;

namespace MLNet.RandomPruning.Tool.Evaluating;

/// <summary>Shows on a terminal how far an evaluation has come, on standard error; elsewhere nothing.</summary>
internal sealed class EvaluationDisplay(ToolOutput output) : IProgress<RobustnessProgress>
{
    private ProgressTask? _task;

    /// <summary>Does the work with a bar on the screen, where there is a screen.</summary>
    public T Run<T>(Func<T> work) => output.ErrorConsole.Profile is not { Out.IsTerminal: true, Capabilities: { Ansi: true, Interactive: true } }
        ? work()
        : output.ErrorConsole.Progress().AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                _task = context.AddTask("scoring");
                try
                {
                    return work();
                }
                finally
                {
                    _task = null;
                }
            });

    /// <summary>Says what is being done.</summary>
    public void Phase(string description)
    {
        if (_task is { } task)
        {
            task.Description = Markup.Escape(description);
            task.Value = 0;
        }
    }

    /// <summary>Moves the bar.</summary>
    public void Report(RobustnessProgress value)
    {
        if (_task is { } task)
        {
            task.Description = Markup.Escape(value.Perturbation);
            task.MaxValue = value.Total;
            task.Value = value.Done;
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
}
