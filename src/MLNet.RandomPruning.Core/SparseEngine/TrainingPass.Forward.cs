using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.SparseEngine;

internal sealed unsafe partial class TrainingPass
{
    // [activation]: planes that are kept from the forward to the backward pass.
    private readonly BlockBuffer _images;
    private readonly StoredPlanes?[] _stored;

    private readonly double[] _blockLoss;
    private readonly int[] _blockCorrect;
    private readonly float[] _blockBiasGradients;

    // One phase an activation: all blocks pass through it before the next begins, since batch-norm needs the whole batch.
    private readonly Action<int, int>[] _forwardPhases;
    private readonly Action<int, int> _headPhase;
    private readonly Action<int, int>[] _backwardPhases;
    private readonly Action<int, int> _sumPhase;

    // What the running phase works on.
    private ImageBatch _batch = null!;
    private float _labelSmoothing;
    private float _lossScale;
    private bool _toImage;
    private int _blocks;

    // The gradient of the image is that of the network as it predicts.
    private bool BatchStatistics => !_toImage;

    private (Action<int, int>[] Forward, Action<int, int> Head, Action<int, int>[] Backward, Action<int, int> Sum) MakePhases()
    {
        var forward = new Action<int, int>[_plan.Activations.Length];
        var backward = new Action<int, int>[_plan.Activations.Length];
        foreach (var activation in _plan.Activations)
        {
            forward[activation.Index] = (block, worker) => ForwardBlock(activation, block, _scratch[worker]);
            backward[activation.Index] = (block, worker) => BackwardBlock(activation, block, _scratch[worker]);
        }

        return (forward, (block, worker) => HeadBlock(block, _scratch[worker]), backward,
            (layer, _) => _squares[layer] = _weightLayers[layer].SumGradients(_blocks));
    }

    private void Forward(bool updateRunning)
    {
        foreach (var activation in _plan.Activations)
        {
            if (activation.Readers.Count == 0)
            {
                continue;
            }

            _team.Run(_blocks, _forwardPhases[activation.Index]);
            foreach (var reader in activation.Readers)
            {
                var norm = _convolutions[reader.Index].Norm;
                if (BatchStatistics)
                {
                    norm.UseBatchStatistics(_batch.Count, reader.Layer.OutputShape.PlaneSize, updateRunning);
                }
                else
                {
                    norm.UseRunningStatistics();
                }
            }
        }

        BeginDense(_head);
        _team.Run(_blocks, _headPhase);
        EndDense(_head);
        FinishGradients(_plan.Activations[^1]);
    }

    /// <summary>Puts a block of an activation together, band by band, and runs the convolutions that read it.</summary>
    private void ForwardBlock(ActivationNode activation, int block, BandScratch scratch)
    {
        var cut = _cuts[activation.Index];
        for (int band = 0; band < cut.Count; band++)
        {
            float* rows = MakeBand(activation, block, band, scratch, first: true);
            float* moments = scratch.Moments.Pointer;
            foreach (var reader in activation.Readers)
            {
                Convolve(_convolutions[reader.Index], block, band, rows, moments, scratch);
                moments += reader.Layer.Outputs * BandKernels.MomentFloats;
            }
        }

        // What was kept past the caches may be read by any thread from now on.
        Interlocked.MemoryBarrier();
        SetMoments(activation, block, scratch);
    }

    /// <summary>The output rows of a convolution that belong to a band of its input, kept and measured.</summary>
    private void Convolve(ConvolutionState convolution, int block, int band, float* rows, float* moments, BandScratch scratch)
    {
        var reader = convolution.Node;
        var cut = _cuts[reader.Input.Index];
        var shape = reader.Layer.OutputShape;
        int firstRow = cut.FirstOutput(reader, band), count = cut.EndOutput(reader, band) - firstRow;
        var output = OutputRows(convolution.Outputs, block, firstRow, count, scratch);
        _kernels.Convolve(new ConvolutionJob(convolution.Layer.Lists.Forward)
        {
            Input = rows,
            InputRow = reader.Layer.Stride * cut.Layout.RowFloats,
            Stride = reader.Layer.Stride,
            Output = output.First,
            OutputPlane = output.Plane,
            OutputRow = shape.Width * SparseKernels.Lanes,
            OutputPixel = SparseKernels.Lanes,
            Rows = count,
            Columns = shape.Width,
        });
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            _bands.Keep(
                output.First + channel * output.Plane, count * shape.Width, convolution.Outputs.Row(block, channel, firstRow),
                moments + channel * BandKernels.MomentFloats, goOn: band > 0);
        }
    }

    /// <summary>Where convolutions put rows that are to be stored: there, if that takes floats, else into scratch.</summary>
    private PlaneRows OutputRows(StoredPlanes target, int block, int firstRow, int rows, BandScratch scratch) =>
        _bands.ValueBytes == sizeof(float)
            ? new PlaneRows((float*)target.Row(block, 0, firstRow), target.Shape.PlaneSize * SparseKernels.Lanes)
            : new PlaneRows(scratch.Rows.Pointer, rows * target.Shape.Width * SparseKernels.Lanes);

    private void SetMoments(ActivationNode activation, int block, BandScratch scratch)
    {
        int images = ImagesOf(block);
        float* moments = scratch.Moments.Pointer;
        foreach (var reader in activation.Readers)
        {
            for (int channel = 0; BatchStatistics && channel < reader.Layer.Outputs; channel++, moments += BandKernels.MomentFloats)
            {
                _convolutions[reader.Index].Norm.SetMoments(block, channel, moments, images, reader.Layer.OutputShape.PlaneSize);
            }
        }
    }

    private int ImagesOf(int block) => Math.Min(SparseKernels.Lanes, _batch.Count - block * SparseKernels.Lanes);

    /// <summary>
    /// The padded rows of a band of an activation. The image is loaded when it is first asked for and kept, and so are activations
    /// that are summands of later ones; all others are computed anew from the convolutions' outputs.
    /// </summary>
    private float* MakeBand(ActivationNode activation, int block, int band, BandScratch scratch, bool first)
    {
        var cut = _cuts[activation.Index];
        if (activation.Index == 0)
        {
            float* images = _images.Block(block);
            if (first && band == 0)
            {
                _loader.Load(_batch, block, images, activation.Padded, scratch.Image);
            }

            return images + cut.First(band) * cut.Layout.RowFloats;
        }

        var window = scratch.Activation(cut.Layout);
        int firstRow = cut.First(band);
        var (from, to) = window.MoveTo(firstRow, cut.End(band), activation.Shape.Height);
        var rows = new PlaneShape(to - from, activation.Shape.Width, cut.Layout.RowFloats);
        var stored = _stored[activation.Index];
        for (int channel = 0; channel < activation.Shape.Channels; channel++)
        {
            float* target = window.Row(channel, from, firstRow);
            if (stored is not null && !first)
            {
                _bands.Restore(stored.Row(block, channel, from), target, rows);
            }
            else
            {
                _bands.Activate(ActivationJobOf(activation, block, channel, from, target, rows));
            }
        }

        return window.Pointer;
    }

    /// <summary>What puts some rows of a plane together, the first of them <paramref name="row"/>.</summary>
    private ActivationJob ActivationJobOf(ActivationNode activation, int block, int channel, int row, float* output, in PlaneShape rows)
    {
        var first = _convolutions[activation.Convolutions[0].Index];
        var second = activation.Convolutions.Count > 1 ? _convolutions[activation.Convolutions[1].Index] : null;
        var stored = _stored[activation.Index];
        return new ActivationJob
        {
            First = first.Outputs.Row(block, channel, row),
            FirstFactor = first.Norm.Factor[channel],
            FirstAddend = first.Norm.Addend[channel],
            Second = second is null ? null : second.Outputs.Row(block, channel, row),
            SecondFactor = second is null ? 0 : second.Norm.Factor[channel],
            SecondAddend = second is null ? 0 : second.Norm.Addend[channel],
            Residual = activation.Residuals.Count == 0 ? null : _stored[activation.Residuals[0].Index]!.Row(block, channel, row),
            Output = output,
            Stored = stored is null ? null : stored.Row(block, channel, row),
            Shape = rows,
        };
    }

    /// <summary>Pools the last activation, runs the linear layer and the loss, and goes back through them.</summary>
    private void HeadBlock(int block, BandScratch scratch)
    {
        var last = _plan.Activations[^1];
        float* features = scratch.Features.Pointer;
        float perPixel = 1f / last.Shape.PlaneSize;
        for (int channel = 0; channel < last.Shape.Channels; channel++)
        {
            float* feature = features + channel * SparseKernels.Lanes;
            _kernels.Sum(MakeLastPlane(block, channel, scratch), last.Shape.PlaneSize, feature);
            for (int lane = 0; lane < SparseKernels.Lanes; lane++)
            {
                feature[lane] *= perPixel;
            }
        }

        _kernels.Convolve(ConvolutionJob.OfLinear(_head.Lists.Forward, features, scratch.Logits.Pointer, _headBias.Values.Pointer));
        SetLoss(block, scratch);
        BackwardHead(block, scratch, perPixel);
    }

    private float* MakeLastPlane(int block, int channel, BandScratch scratch)
    {
        var last = _plan.Activations[^1];
        _bands.Activate(ActivationJobOf(last, block, channel, 0, scratch.Plane.Pointer, PlaneShape.Flat(last.Shape)));
        return scratch.Plane.Pointer;
    }

    /// <summary>The block's loss, −Σ q·ln softmax(logits), and its gradient, softmax − q, where q is the smoothed target.</summary>
    private void SetLoss(int block, BandScratch scratch)
    {
        int classes = _plan.Head.Outputs;
        float* logits = scratch.Logits.Pointer;
        float* gradients = scratch.LogitGradients.Pointer;
        scratch.LogitGradients.Span.Clear();
        double loss = 0, even = (double)_labelSmoothing / classes;
        int correct = 0;
        for (int lane = 0; lane < ImagesOf(block); lane++)
        {
            int label = _batch.Labels[block * SparseKernels.Lanes + lane];
            int best = 0;
            for (int c = 1; c < classes; c++)
            {
                best = logits[c * SparseKernels.Lanes + lane] > logits[best * SparseKernels.Lanes + lane] ? c : best;
            }

            correct += best == label ? 1 : 0;
            double top = logits[best * SparseKernels.Lanes + lane], sum = 0, logitSum = 0;
            for (int c = 0; c < classes; c++)
            {
                double logit = logits[c * SparseKernels.Lanes + lane];
                sum += PortableMath.Exp(logit - top);
                logitSum += logit;
            }

            double normaliser = top + PortableMath.Log(sum);
            loss += normaliser - (1 - _labelSmoothing) * logits[label * SparseKernels.Lanes + lane] - even * logitSum;
            for (int c = 0; c < classes; c++)
            {
                double target = even + (c == label ? 1 - (double)_labelSmoothing : 0);
                gradients[c * SparseKernels.Lanes + lane] =
                    (float)((PortableMath.Exp(logits[c * SparseKernels.Lanes + lane] - normaliser) - target) * _lossScale);
            }
        }

        _blockLoss[block] = loss;
        _blockCorrect[block] = correct;
    }
}
