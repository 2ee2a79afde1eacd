using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.SparseEngine;

internal sealed unsafe partial class HessianPass
{
    private void Forward(CancellationToken cancellationToken)
    {
        foreach (var activation in _plan.Activations.Where(activation => activation.Readers.Count > 0))
        {
            cancellationToken.ThrowIfCancellationRequested();
            _team.Run(_blocks, (block, worker) => ForwardBlock(activation, block, _scratch[worker]));
            foreach (var reader in activation.Readers)
            {
                _convolutions[reader.Index].Norm.FinishForward(_batch.Count, reader.Layer.OutputShape.PlaneSize);
            }
        }
    }

    /// <summary>Puts a block of an activation together and runs the convolutions that read it: y = W∗a, ẏ = V∗a + W∗ȧ.</summary>
    private void ForwardBlock(ActivationNode activation, int block, TangentScratch scratch)
    {
        MakeActivation(activation, block, scratch, first: true, out float* planes, out float* tangents);
        foreach (var reader in activation.Readers)
        {
            var convolution = _convolutions[reader.Index];
            float* outputs = convolution.Outputs.Block(block), outputTangents = convolution.Tangents.Block(block);
            Convolve(reader, convolution.Layer.Weights, planes, outputs, accumulate: false);
            Convolve(reader, convolution.Layer.Direction, planes, outputTangents, accumulate: false);
            if (tangents != null)
            {
                Convolve(reader, convolution.Layer.Weights, tangents, outputTangents, accumulate: true);
            }

            for (int channel = 0; channel < reader.Layer.Outputs; channel++)
            {
                SetSums(convolution, block, channel);
            }
        }
    }

    private void Convolve(ConvolutionNode node, LayerState layer, float* input, float* output, bool accumulate)
    {
        var shape = node.Layer.OutputShape;
        _kernels.Convolve(new ConvolutionJob(layer.Lists.Forward)
        {
            Input = input,
            InputRow = node.Layer.Stride * node.Input.Padded.RowFloats,
            Stride = node.Layer.Stride,
            Output = output,
            OutputPlane = shape.PlaneSize * SparseKernels.Lanes,
            OutputRow = shape.Width * SparseKernels.Lanes,
            OutputPixel = SparseKernels.Lanes,
            Rows = shape.Height,
            Columns = shape.Width,
            Accumulate = accumulate,
        });
    }

    // As in training, sums are taken around the block's own mean as a float; what that leaves out is put back exactly.
    private void SetSums(TangentConvolution convolution, int block, int channel)
    {
        int images = ImagesOf(block), pixels = convolution.Node.Layer.OutputShape.PlaneSize;
        float* output = convolution.Outputs.Plane(block, channel), tangent = convolution.Tangents.Plane(block, channel);
        double mean = TangentKernels.OverImages(TangentKernels.Sum(output, pixels), images) / ((double)images * pixels);
        float centre = (float)mean;
        double shift = mean - centre;
        convolution.Norm.SetSums(block, channel, new BlockSums(
            mean,
            TangentKernels.OverImages(TangentKernels.Squares(output, centre, pixels), images) - shift * shift * images * pixels,
            TangentKernels.OverImages(TangentKernels.Sum(tangent, pixels), images),
            centre,
            TangentKernels.OverImages(TangentKernels.Products(output, centre, tangent, pixels), images)));
    }

    /// <summary>
    /// The padded planes of a block of an activation, a = relu(Σ z + Σ residual), and of its tangent,
    /// ȧ = (Σ ż + Σ tangent of the residual) where a is above zero; no tangent for the image, which does not move.
    /// </summary>
    private void MakeActivation(ActivationNode activation, int block, TangentScratch scratch, bool first, out float* planes, out float* tangents)
    {
        tangents = null;
        if (activation.Index == 0)
        {
            planes = _images.Block(block);
            if (first)
            {
                _loader.Load(_batch, block, planes, activation.Padded, scratch.Values.Image);
            }

            return;
        }

        var padded = activation.Padded;
        planes = scratch.Values.Activation(padded);
        tangents = scratch.Tangents.Activation(padded);
        var inward = RowLayout.Inward(padded);
        var stored = _stored[activation.Index];
        var storedTangent = _storedTangents[activation.Index];
        for (int channel = 0; channel < activation.Shape.Channels; channel++)
        {
            float* plane = planes + channel * padded.PlaneFloats + padded.Origin;
            float* tangent = tangents + channel * padded.PlaneFloats + padded.Origin;
            if (stored is not null && !first)
            {
                TangentKernels.Copy(stored.Plane(block, channel), plane, inward, accumulate: false);
                TangentKernels.Copy(storedTangent!.Plane(block, channel), tangent, inward, accumulate: false);
                continue;
            }

            SumTerms(activation, block, channel, plane, tangent);
            TangentKernels.Gate(tangent, plane, RowLayout.Within(padded));
            TangentKernels.Gate(plane, plane, RowLayout.Within(padded));
            if (stored is not null)
            {
                TangentKernels.Copy(plane, stored.Plane(block, channel), RowLayout.Outward(padded), accumulate: false);
                TangentKernels.Copy(tangent, storedTangent!.Plane(block, channel), RowLayout.Outward(padded), accumulate: false);
            }
        }
    }

    private void SumTerms(ActivationNode activation, int block, int channel, float* plane, float* tangent)
    {
        var inward = RowLayout.Inward(activation.Padded);
        for (int term = 0; term < activation.Convolutions.Count; term++)
        {
            var convolution = _convolutions[activation.Convolutions[term].Index];
            var norm = convolution.Norm;
            float* output = convolution.Outputs.Plane(block, channel), outputTangent = convolution.Tangents.Plane(block, channel);
            TangentKernels.Affine(output, plane, inward, norm.Factor[channel], norm.Addend[channel], accumulate: term > 0);
            TangentKernels.Affine(outputTangent, tangent, inward, norm.Factor[channel], norm.AddendTangent[channel], accumulate: term > 0);
            TangentKernels.Affine(output, tangent, inward, norm.FactorTangent[channel], 0, accumulate: true);
        }

        foreach (var residual in activation.Residuals)
        {
            TangentKernels.Copy(_stored[residual.Index]!.Plane(block, channel), plane, inward, accumulate: true);
            TangentKernels.Copy(_storedTangents[residual.Index]!.Plane(block, channel), tangent, inward, accumulate: true);
        }
    }

    /// <summary>
    /// The gradient of the mean cross-entropy with respect to the logits ℓ, g = (p − q)/images with p = softmax(ℓ) and q the
    /// target, and its tangent, ġ = p·(ℓ̇ − Σ p·ℓ̇)/images.
    /// </summary>
    private void SetLossGradients(int block, TangentScratch scratch)
    {
        int classes = _plan.Head.Outputs;
        float* logits = scratch.Values.Logits.Pointer, logitTangents = scratch.Tangents.Logits.Pointer;
        float* gradients = scratch.Values.LogitGradients.Pointer, gradientTangents = scratch.Tangents.LogitGradients.Pointer;
        scratch.Values.LogitGradients.Span.Clear();
        scratch.Tangents.LogitGradients.Span.Clear();
        double scale = 1.0 / _batch.Count;
        for (int lane = 0; lane < ImagesOf(block); lane++)
        {
            int label = _batch.Labels[block * SparseKernels.Lanes + lane];
            double top = double.NegativeInfinity, sum = 0, weighted = 0;
            for (int c = 0; c < classes; c++)
            {
                top = Math.Max(top, logits[c * SparseKernels.Lanes + lane]);
            }

            for (int c = 0; c < classes; c++)
            {
                double share = PortableMath.Exp(logits[c * SparseKernels.Lanes + lane] - top);
                sum += share;
                weighted += share * logitTangents[c * SparseKernels.Lanes + lane];
            }

            for (int c = 0; c < classes; c++)
            {
                int at = c * SparseKernels.Lanes + lane;
                double probability = PortableMath.Exp(logits[at] - top) / sum;
                gradients[at] = (float)((probability - (c == label ? 1 : 0)) * scale);
                gradientTangents[at] = (float)(probability * (logitTangents[at] - weighted / sum) * scale);
            }
        }
    }
}
