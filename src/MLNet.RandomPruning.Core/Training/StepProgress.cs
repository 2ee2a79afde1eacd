namespace MLNet.RandomPruning.Training;

/// <summary>How far training has come, for a progress bar.</summary>
/// <param name="Epoch">The epoch under way, counted from 1.</param>
/// <param name="Epochs">The number of epochs.</param>
/// <param name="Step">The number of this epoch's steps that are done, from 1 to <paramref name="StepsPerEpoch"/>.</param>
/// <param name="StepsPerEpoch">The number of steps in an epoch.</param>
/// <param name="Loss">The mean loss over the epoch's images so far.</param>
/// <param name="Accuracy">The share of the epoch's images so far that were classified correctly, from 0 to 1.</param>
/// <param name="LearningRate">The learning rate of the last step.</param>
/// <param name="ImagesPerSecond">Training images per second, as measured in this run.</param>
/// <param name="Remaining">The time that all the rest of the training is expected to take at that speed.</param>
public readonly record struct StepProgress(
    int Epoch, int Epochs, int Step, int StepsPerEpoch, double Loss, double Accuracy, double LearningRate, double ImagesPerSecond, TimeSpan Remaining);
