# ruff: noqa: E501  (a list is read as one line)
"""Medicines that people most often ask about, by the names on the box: as patterns."""

from __future__ import annotations

from typing import Final

# Brands and generic names of what is prescribed most: https://clincalc.com/DrugStats/Top300Drugs.aspx
DRUG: Final = r"(?:acetaminophen|tylenol|ibuprofen|advil|motrin|aleve|naproxen|aspirin|benadryl|diphenhydramine|melatonin|nyquil|ambien|zolpidem|trazodone|ativan|lorazepam|xanax|alprazolam|klonopin|clonazepam|valium|diazepam|seroquel|quetiapine|risperdal|risperidone|haldol|haloperidol|zyprexa|olanzapine|abilify|aripiprazole|depakote|lexapro|escitalopram|zoloft|sertraline|prozac|fluoxetine|celexa|citalopram|paxil|paroxetine|cymbalta|duloxetine|effexor|venlafaxine|wellbutrin|bupropion|remeron|mirtazapine|lithium|gabapentin|lyrica|aricept|donepezil|namenda|memantine|exelon|sinemet|levodopa|warfarin|coumadin|eliquis|apixaban|xarelto|plavix|clopidogrel|heparin|metformin|glipizide|ozempic|lisinopril|losartan|metoprolol|amlodipine|lasix|furosemide|digoxin|lipitor|atorvastatin|simvastatin|prednisone|levothyroxine|synthroid|omeprazole|morphine|oxycodone|oxycontin|percocet|hydrocodone|vicodin|norco|tramadol|fentanyl|codeine|methadone|suboxone|statins?|blood thinners?|sedatives?|sleeping (?:pills?|aids?)|laxatives?|antibiotics?|opioids?|steroids?)"

DRUG_IN_SPANISH: Final = r"(?:acetaminofen|paracetamol|ibuprofeno|naproxeno|aspirina|difenhidramina|melatonina|trazodona|lorazepam|alprazolam|clonazepam|diazepam|quetiapina|risperidona|haloperidol|olanzapina|aripiprazol|escitalopram|sertralina|fluoxetina|citalopram|paroxetina|duloxetina|venlafaxina|bupropion|mirtazapina|litio|gabapentina|donepezilo|memantina|levodopa|warfarina|apixaban|clopidogrel|heparina|metformina|glipizida|lisinopril|losartan|metoprolol|amlodipino|furosemida|digoxina|atorvastatina|simvastatina|prednisona|levotiroxina|omeprazol|morfina|oxicodona|hidrocodona|tramadol|fentanilo|codeina|metadona|anticoagulantes?|antidepresivos?|antibioticos?|sedantes?|somniferos?|laxantes?|esteroides?|opioides?)"
"""Generic names as Spanish writes them, without accents; brands are the same."""
