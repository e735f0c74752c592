// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot/neuron_bars.h"

#include "widgets/util/text.h"

#include <QCoreApplication>

namespace cutaway::widgets {

std::vector<ContributionBar> barsOf(const NeuronsResult& result, bool byActivation) {
    std::vector<ContributionBar> bars;
    bars.reserve(result.neurons.size());
    for (const Neuron& neuron : result.neurons) {
        ContributionBar bar;
        bar.name = (result.experts ? QStringLiteral("L%1E%2") : QStringLiteral("L%1N%2"))
                       .arg(result.layer)
                       .arg(neuron.index);
        bar.value = byActivation ? neuron.activation : neuron.towards;
        const QString activation = formatSigned(neuron.activation);
        bar.tip =
            result.experts ? QCoreApplication::translate("NeuronBars", "%1: rated %2 by the router")
                                 .arg(bar.name, QString::number(neuron.activation, 'f', 3))
            : byActivation
                ? QCoreApplication::translate("NeuronBars", "%1: activation %2").arg(bar.name, activation)
                : QCoreApplication::translate("NeuronBars", "%1: activation %2, adds %3 logits")
                      .arg(bar.name, activation, formatSigned(neuron.towards, 3));
        Payload payload;
        payload.target.kind = result.experts ? TargetKind::Expert : TargetKind::Neuron;
        payload.target.layer = result.layer;
        payload.target.index = neuron.index;
        payload.position = result.position;
        bar.payload = payload;
        bars.push_back(std::move(bar));
    }
    return bars;
}

} // namespace cutaway::widgets
